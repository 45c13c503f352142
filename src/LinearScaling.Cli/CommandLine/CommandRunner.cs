using System.CommandLine;
using LinearScaling.Files;

namespace LinearScaling.Cli.CommandLine;

/// <summary>Runs a command line: the one place where failures become exit codes.</summary>
internal static class CommandRunner
{
    /// <param name="cancellationToken">Cancelled by Ctrl-C or SIGTERM: the command saves what it has and stops.</param>
    /// <returns>0 done, 1 a bug, 2 a mistake the user can fix, 130 interrupted.</returns>
    public static async Task<int> RunAsync(
        RootCommand root,
        string[] args,
        TextWriter output,
        TextWriter error,
        CancellationToken cancellationToken
    )
    {
        root.HelpName = "lcs";
        var result = root.Parse(args.Length == 0 ? ["--help"] : args);
        if (ParseErrors.Explain(result) is { Count: > 0 } problems)
        {
            foreach (var problem in problems)
                await error.WriteLineAsync(problem);
            return 2;
        }
        try
        {
            return await result.InvokeAsync(
                new()
                {
                    Output = output,
                    Error = error,
                    EnableDefaultExceptionHandler = false,
                    ProcessTerminationTimeout = null, // Program listens for signals
                },
                cancellationToken
            );
        }
        catch (Exception e) when (e is LinearScalingException || StorageFailure.Is(e))
        {
            await error.WriteLineAsync(e.Message);
            return 2;
        }
        catch (OperationCanceledException)
        {
            await error.WriteLineAsync("interrupted");
            return 130;
        }
        catch (Exception e) // the only place that may: everything else is a bug, and its stack is what a report needs
        {
            await error.WriteLineAsync(
                $"This is a bug in lcs {Versions.Program}; please report it with the lines below.\n{e}"
            );
            return 1;
        }
    }
}
