using System.CommandLine;

namespace LinearScaling.Cli.Commands.Data;

/// <summary><c>lcs data</c>: text to token shards, and what is in them.</summary>
internal static class DataCommand
{
    public static Command Create() =>
        new("data", "Prepare, inspect and verify token shards.")
        {
            DataPrepareCommand.Create(),
            DataInspectCommand.Create(),
            DataVerifyCommand.Create(),
        };

    public static Argument<string> Shards() =>
        new("shards") { Description = "A directory that lcs data prepare wrote.", HelpName = "dir" };
}
