using System.CommandLine;
using LinearScaling.Cli.CommandLine;
using LinearScaling.Cli.Progress;
using LinearScaling.Shards;

namespace LinearScaling.Cli.Commands.Data;

/// <summary><c>lcs data verify</c>: reads every byte and every row group back against the manifest.</summary>
internal static class DataVerifyCommand
{
    public static Command Create()
    {
        var shards = DataCommand.Shards();
        var command = new Command("verify", "Check every shard against the manifest's checksums.") { shards };
        command.SetAction(
            (parse, cancellationToken) =>
            {
                var directory = parse.GetRequiredValue(shards);
                var total = Manifest.Read(directory).Shards.Count;
                using var display = ProgressDisplay.For(parse.InvocationConfiguration.Error);
                IReadOnlyList<string> problems;
                using (var bar = display.Start("verifying", total, "shard"))
                    problems = Verification.Run(directory, done => bar.Advance(done), cancellationToken);
                if (problems.Count > 0)
                    throw new LinearScalingException(string.Join('\n', problems));
                parse.InvocationConfiguration.Output.WriteLine($"{directory}: {total} shards as the manifest says");
                return 0;
            }
        );
        return command;
    }
}
