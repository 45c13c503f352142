using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using LinearScaling.Cli.CommandLine;
using LinearScaling.Runs;
using LinearScaling.Text;
using LinearScaling.Torch.Architectures;
using LinearScaling.Torch.Decoding;
using LinearScaling.Torch.Devices;
using static TorchSharp.torch;

namespace LinearScaling.Cli.Commands;

/// <summary><c>lcs generate</c>: text from a checkpoint.</summary>
internal static class GenerateCommand
{
    public static Command Create()
    {
        var checkpoint = CliOptions.Checkpoint();
        var prompt = new Option<string[]>("--prompt", "-p")
        {
            Description = "Text to go on with; may be given again. All prompts are decoded together.",
            HelpName = "text",
            DefaultValueFactory = _ => [],
        };
        var promptFile = new Option<string?>("--prompt-file")
        {
            Description = "A file with a prompt a line.",
            HelpName = "file",
        };
        var maxTokens = CliOptions.PositiveInt("--max-tokens", "Tokens to generate at most, a prompt (128).");
        var temperature = CliOptions.Number(
            "--temperature",
            "Divides the logits; 0 takes the likeliest token.",
            0,
            0,
            1e6
        );
        var topK = CliOptions.PositiveInt("--top-k", "Draw from the k likeliest tokens alone.");
        var topP = CliOptions.Number(
            "--top-p",
            "Draw from the likeliest tokens that together have this probability.",
            1,
            0,
            1
        );
        var penalty = CliOptions.Number(
            "--repetition-penalty",
            "Divides the positive and multiplies the negative logits of tokens that occurred.",
            1,
            0.01,
            100
        );
        var stop = new Option<string[]>("--stop")
        {
            Description = "Text that ends a continuation; may be given again.",
            HelpName = "text",
            DefaultValueFactory = _ => [],
        };
        var seed = new Option<ulong>("--seed")
        {
            Description = "Seed of the draws.",
            HelpName = "n",
            DefaultValueFactory = _ => 0,
        };
        var tokenizer = new Option<string?>("--tokenizer")
        {
            Description = "Tokenizer; the checkpoint's own by default.",
            HelpName = "name",
        };
        var dtype = CliOptions.DType();
        var device = CliOptions.Device();
        var command = new Command("generate", "Continue prompts with a checkpoint.")
        {
            checkpoint,
            prompt,
            promptFile,
            maxTokens,
            temperature,
            topK,
            topP,
            penalty,
            stop,
            seed,
            tokenizer,
            dtype,
            device,
        };
        command.SetAction(
            (parse, cancellationToken) =>
            {
                var prompts = Prompts(parse.GetRequiredValue(prompt), parse.GetValue(promptFile));
                var directory = CheckpointDirectory.Open(parse.GetRequiredValue(checkpoint));
                var text = OpenTokenizer(parse.GetValue(tokenizer), directory);
                var sampling = new Sampling(
                    parse.GetValue(temperature),
                    parse.GetValue(topK) ?? 0,
                    parse.GetValue(topP),
                    parse.GetValue(penalty)
                );
                using var model = LanguageModel.Load(
                    directory,
                    parse.GetRequiredValue(dtype) == "fp64" ? ScalarType.Float64 : ScalarType.Float32,
                    ComputeDevice.Open(parse.GetRequiredValue(device)).Device
                );
                var watch = Stopwatch.StartNew();
                var continuations = new Decoder(model, sampling, parse.GetValue(seed)).Continue(
                    text,
                    prompts,
                    parse.GetValue(maxTokens) ?? 128,
                    parse.GetRequiredValue(stop),
                    cancellationToken
                );
                foreach (var (start, continuation) in prompts.Zip(continuations.Texts))
                    parse.InvocationConfiguration.Output.WriteLine(start + continuation);
                parse.InvocationConfiguration.Error.WriteLine(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{continuations.Tokens} tokens, {continuations.Tokens / watch.Elapsed.TotalSeconds:F0} "
                            + $"tokens/s"
                    )
                );
                return 0;
            }
        );
        return command;
    }

    private static Tokenizer OpenTokenizer(string? typed, CheckpointDirectory checkpoint)
    {
        var name = typed ?? ModelCard.Open(checkpoint).Tokenizer;
        return name != ModelCard.NoTokenizer
            ? Tokenizer.Open(name)
            : throw CommandMistakes.NoTokenizer(checkpoint.FullPath);
    }

    private static List<string> Prompts(string[] typed, string? file)
    {
        if (file is not null && !File.Exists(file))
            throw new LinearScalingException($"{file}: no such file");
        List<string> prompts = [.. typed, .. file is null ? [] : File.ReadAllLines(file)];
        return prompts.Count > 0
            ? prompts
            : throw new LinearScalingException("--prompt: nothing to go on with; give --prompt or --prompt-file");
    }
}
