using System.CommandLine;
using System.CommandLine.Invocation;
using LinearScaling.Cli.Commands;

namespace LinearScaling.Cli;

/// <summary>The lcs command line: its commands, and the one place where failures become exit codes.</summary>
public static class App
{
    public static RootCommand Root() => new("Train linear-attention language models, evaluate checkpoints and fit scaling laws.")
    {
        EvalCommand.Create(),
        FitCommand.Create(),
    };

    /// <returns>0 success, 1 a bug, 2 a mistake the user can fix, 130 interrupted.</returns>
    public static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter error, CancellationToken cancellationToken = default)
    {
        var root = Root();
        root.HelpName = "lcs";
        var result = root.Parse(args);
        if (result.Action is ParseErrorAction parseError)
            parseError.ShowHelp = false;
        try
        {
            var exitCode = await result.InvokeAsync(new()
            {
                Output = output,
                Error = error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = TimeSpan.FromMinutes(1), // time to write the last checkpoint after Ctrl+C
            }, cancellationToken);
            return result.Errors.Count > 0 ? 2 : exitCode;
        }
        catch (LinearScalingException e)
        {
            await error.WriteLineAsync(e.Message);
            return 2;
        }
        catch (OperationCanceledException)
        {
            await error.WriteLineAsync("interrupted");
            return 130;
        }
    }
}
