using System.CommandLine;
using LinearScaling.Cli.CommandLine;
using LinearScaling.Runs;
using LinearScaling.Torch.Interop;

namespace LinearScaling.Cli.Commands;

/// <summary><c>lcs export</c>: a checkpoint in another code base's layout.</summary>
internal static class ExportCommand
{
    public static Command Create()
    {
        var checkpoint = CliOptions.Checkpoint();
        var format = new Option<string>("--format")
        {
            Description = "The layout to write.",
            Required = true,
        }.AcceptOnlyFromAmong([.. ModelExport.Formats]);
        var output = new Option<string>("--output", "-o")
        {
            Description = "The folder to create.",
            HelpName = "dir",
            Required = true,
        };
        var command = new Command(
            "export",
            "Write a checkpoint in another code base's layout: safetensors, config.json, and logits to check them by."
        )
        {
            checkpoint,
            format,
            output,
        };
        command.SetAction(
            (parse, _) =>
            {
                var notFinite = ModelExport.Run(
                    CheckpointDirectory.Open(parse.GetRequiredValue(checkpoint)),
                    parse.GetRequiredValue(format),
                    parse.GetRequiredValue(output)
                );
                CommandMistakes.WarnOfTensors(parse.InvocationConfiguration.Error, notFinite);
                parse.InvocationConfiguration.Output.WriteLine(Path.GetFullPath(parse.GetRequiredValue(output)));
                return 0;
            }
        );
        return command;
    }
}
