using System.CommandLine;
using LinearScaling.Cli.CommandLine;
using LinearScaling.Cli.Commands;
using LinearScaling.Cli.Commands.Data;
using LinearScaling.Cli.Commands.Observe;
using LinearScaling.Cli.Commands.Planning;

namespace LinearScaling.Cli;

/// <summary>The lcs command line: its commands.</summary>
public static class App
{
    public static RootCommand Root() =>
        new("Train linear-attention language models, evaluate checkpoints and fit scaling laws.")
        {
            TrainCommand.Create(),
            EvalCommand.Create(),
            GenerateCommand.Create(),
            ImportCommand.Create(),
            ExportCommand.Create(),
            LogitsCommand.Create(),
            FitCommand.Create(),
            ObserveCommand.Create(),
            SweepCommand.Create(),
            DataCommand.Create(),
            PlanCommand.Create(),
            ListCommand.Create(),
            SchemaCommand.Create(),
            DoctorCommand.Create(),
        };

    /// <param name="cancellationToken">Cancelled by Ctrl-C or SIGTERM: the command saves what it has and stops.</param>
    /// <returns>0 done, 1 a bug, 2 a mistake the user can fix, 130 interrupted.</returns>
    public static Task<int> RunAsync(
        string[] args,
        TextWriter output,
        TextWriter error,
        CancellationToken cancellationToken = default
    ) => CommandRunner.RunAsync(Root(), args, output, error, cancellationToken);
}
