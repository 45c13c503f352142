using System.CommandLine;
using System.Globalization;
using LinearScaling.Cli.CommandLine;
using LinearScaling.Torch.Architectures;
using LinearScaling.Torch.Interop;

namespace LinearScaling.Cli.Commands;

/// <summary><c>lcs import</c>: a checkpoint in another code base's layout, made into one of ours.</summary>
internal static class ImportCommand
{
    public static Command Create()
    {
        var from = new Option<string>("--from")
        {
            Description =
                "Folder with config.json and safetensors (one file or shards), or such a file beside config.json.",
            HelpName = "path",
            Required = true,
        };
        var output = new Option<string>("--output", "-o")
        {
            Description = "The checkpoint directory to create.",
            HelpName = "dir",
            Required = true,
        };
        var tokenizer = new Option<string?>("--tokenizer")
        {
            Description = "The model's tokenizer: a name or a file; by default the file beside the weights.",
            HelpName = "name",
        };
        var seqLen = CliOptions.PositiveInt(
            "--seq-len",
            "Sequence length of its training, where config.json has no max_position_embeddings."
        );
        var command = new Command(
            "import",
            "Make a checkpoint out of a Hugging Face LLaMA, TransNormerLLM, HGRN2 or flash-linear-attention HGRN2 one."
        )
        {
            from,
            output,
            tokenizer,
            seqLen,
        };
        command.SetAction(
            (parse, _) =>
            {
                var imported = ModelImport.Run(
                    parse.GetRequiredValue(from),
                    parse.GetRequiredValue(output),
                    parse.GetValue(tokenizer),
                    parse.GetValue(seqLen)
                );
                var checkpoint = imported.Checkpoint;
                CommandMistakes.WarnOfTensors(parse.InvocationConfiguration.Error, imported.NotFinite);
                var card = checkpoint.ReadConfig<ModelCard>();
                var result = parse.InvocationConfiguration.Output;
                result.WriteLine(checkpoint.FullPath);
                result.WriteLine(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{imported.Layout}: {ModelConfig.Variants.NameOf(card.Model.GetType())}, "
                            + $"{card.Model.Counts().Total} parameters, tokenizer {card.Tokenizer}, seq_len "
                            + $"{card.SeqLen}, weights {checkpoint.WeightsHash}"
                    )
                );
                return 0;
            }
        );
        return command;
    }
}
