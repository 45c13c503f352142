using System.CommandLine;
using LinearScaling.Files;
using LinearScaling.Torch.Collectives;

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
        var rank = 0;
        try
        {
            rank = RankPlace.Find(Environment.GetEnvironmentVariable).Rank;
            var result = root.Parse(args.Length == 0 ? ["--help"] : args);
            if (ParseErrors.Explain(result) is { Count: > 0 } problems)
                throw new AgreedFailureException(string.Join('\n', problems)); // every rank has the same command line
            return await result.InvokeAsync(
                new()
                {
                    Output = rank == 0 ? output : TextWriter.Null,
                    Error = error,
                    EnableDefaultExceptionHandler = false,
                    ProcessTerminationTimeout = null, // Program listens for signals
                },
                cancellationToken
            );
        }
        catch (Exception e) // the only place that may: what is no mistake of the user's is a bug
        {
            return Report(e, rank, error);
        }
    }

    /// <summary>Says what went wrong. Of several processes, rank 0 tells what all of them know, and the others name
    /// themselves.</summary>
    /// <returns>The exit code.</returns>
    public static int Report(Exception failure, int rank, TextWriter error)
    {
        var (code, message) = failure switch
        {
            LinearScalingException => (2, failure.Message),
            _ when StorageFailure.Is(failure) => (2, failure.Message),
            OperationCanceledException => (130, "interrupted"),
            _ => (1, $"This is a bug in lcs {Versions.Program}; please report it with the lines below.\n{failure}"),
        };
        if (rank == 0)
            error.WriteLine(message);
        else if (failure is not (AgreedFailureException or OperationCanceledException))
            error.WriteLine($"rank {rank}: {message}");
        return code;
    }
}
