using System.CommandLine;
using System.Globalization;
using LinearScaling.Cli.CommandLine;
using LinearScaling.Files;
using LinearScaling.Runs;
using LinearScaling.Torch.Architectures;
using LinearScaling.Torch.Decoding;
using LinearScaling.Torch.Devices;
using static TorchSharp.torch;

namespace LinearScaling.Cli.Commands;

/// <summary><c>lcs logits</c>: the logits of given tokens as JSON, for checking ports.</summary>
internal static class LogitsCommand
{
    public static Command Create()
    {
        var checkpoint = CliOptions.Checkpoint();
        var tokens = new Option<string>("--tokens")
        {
            Description = "Token ids, separated by spaces or commas.",
            HelpName = "ids",
            Required = true,
        };
        var dtype = CliOptions.DType();
        var device = CliOptions.Device();
        var output = new Option<string?>("--output", "-o")
        {
            Description = "The file to write; standard output by default.",
            HelpName = "file",
        };
        var command = new Command(
            "logits",
            """Print a checkpoint's logits of given tokens: {"tokens": [...], "logits": [[...], ...]}, a row a token."""
        )
        {
            checkpoint,
            tokens,
            dtype,
            device,
            output,
        };
        command.SetAction(
            (parse, _) =>
            {
                var ids = Ids(parse.GetRequiredValue(tokens));
                using var model = LanguageModel.Load(
                    CheckpointDirectory.Open(parse.GetRequiredValue(checkpoint)),
                    parse.GetRequiredValue(dtype) == "fp64" ? ScalarType.Float64 : ScalarType.Float32,
                    ComputeDevice.Open(parse.GetRequiredValue(device)).Device
                );
                if (parse.GetValue(output) is not { } file)
                {
                    using var memory = new MemoryStream();
                    Warn(parse.InvocationConfiguration.Error, TokenLogits.Write(model, ids, memory));
                    parse.InvocationConfiguration.Output.WriteLine(
                        System.Text.Encoding.UTF8.GetString(memory.GetBuffer(), 0, (int)memory.Length)
                    );
                    return 0;
                }
                try
                {
                    using var pending = new PendingFile(file);
                    Warn(parse.InvocationConfiguration.Error, TokenLogits.Write(model, ids, pending.Stream));
                    pending.Commit();
                }
                catch (Exception e) when (StorageFailure.Is(e))
                {
                    throw new LinearScalingException($"{file}: cannot be written: {e.Message}", e);
                }
                return 0;
            }
        );
        return command;
    }

    private static void Warn(TextWriter error, int notFinite)
    {
        if (notFinite > 0)
            error.WriteLine($"caution: {notFinite} logits are not finite; they are written as text");
    }

    private static List<int> Ids(string text)
    {
        var ids = new List<int>();
        foreach (var word in text.Split([' ', ','], StringSplitOptions.RemoveEmptyEntries))
            ids.Add(
                int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
                    ? id
                    : throw new LinearScalingException($"--tokens: expected token ids, got '{word}'")
            );
        return ids.Count > 0 ? ids : throw new LinearScalingException("--tokens: expected at least one token id");
    }
}
