using LinearScaling.Files;
using LinearScaling.Runs;
using LinearScaling.Torch.Architectures;
using LinearScaling.Torch.Weights;

namespace LinearScaling.Torch.Interop;

/// <summary>Another code base's checkpoint made into one of ours.</summary>
public static class ModelImport
{
    /// <param name="from">A folder, a safetensors file or an index of shards; with config.json beside.</param>
    /// <param name="output">The checkpoint directory to create.</param>
    /// <param name="tokenizer">The tokenizer the model was trained with: a name, or a file that is copied; null for the
    /// file beside the weights, if there is one.</param>
    /// <param name="seqLen">Sequence length it was trained with; null where config.json says it.</param>
    public static ImportedModel Run(string from, string output, string? tokenizer, int? seqLen)
    {
        using var source = new ForeignModel(from);
        var length =
            seqLen
            ?? (
                source.Json.Has("max_position_embeddings")
                    ? source.Json.Int("max_position_embeddings")
                    : throw source.Json.Problem(
                        "max_position_embeddings: missing key; say how long the training sequences were: --seq-len"
                    )
            );
        if (Path.Combine(source.Folder, ProbeLogits.FileName) is var file && File.Exists(file))
        {
            var probe = ProbeLogits.Read(file);
            using var model = source.Load(probe.ScalarType, CPU);
            probe.Check(model, file);
        }
        IReadOnlyList<string> notFinite = [];
        NewFolder.Create(
            output,
            folder =>
            {
                var checkpoint = new CheckpointDirectory(folder);
                using var model = source.Load(source.StoredType, CPU);
                notFinite = model.Parameters.NotFinite();
                var hash = Safetensors.Write(
                    checkpoint.ModelFile,
                    model.Parameters.Specs.Select(s => (s.Name, model.Parameters[s.Name]))
                );
                checkpoint.WriteConfig(
                    new ModelCard(source.Config, CopyTokenizer(tokenizer ?? FileBeside(source.Folder), folder), length)
                );
                DurableFile.Copy(Path.Combine(source.Folder, "config.json"), Path.Combine(folder, "config.json"));
                checkpoint.Complete(hash);
            }
        );
        return new(new(output), source.Layout.Name, notFinite);
    }

    private static string? FileBeside(string folder)
    {
        foreach (var name in new[] { "tokenizer.json", "tokenizer.model" })
            if (File.Exists(Path.Combine(folder, name)))
                return Path.Combine(folder, name);
        return Directory.GetFiles(folder, "*.model") is [var only] ? only : null;
    }

    /// <returns>What the model card says: the copy's name, the tokenizer's name, or that there is none.</returns>
    private static string CopyTokenizer(string? tokenizer, string folder)
    {
        if (tokenizer is null || !File.Exists(tokenizer))
            return tokenizer ?? ModelCard.NoTokenizer;
        DurableFile.Copy(tokenizer, Path.Combine(folder, Path.GetFileName(tokenizer)));
        return Path.GetFileName(tokenizer);
    }
}

/// <summary>What an import made.</summary>
/// <param name="Layout">The layout that was read.</param>
/// <param name="NotFinite">Names of tensors that hold NaN or infinity.</param>
public sealed record ImportedModel(CheckpointDirectory Checkpoint, string Layout, IReadOnlyList<string> NotFinite);
