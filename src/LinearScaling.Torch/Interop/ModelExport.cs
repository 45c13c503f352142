using System.Text.Json;
using System.Text.Json.Nodes;
using LinearScaling.Files;
using LinearScaling.Runs;
using LinearScaling.Torch.Architectures;
using LinearScaling.Torch.Weights;

namespace LinearScaling.Torch.Interop;

/// <summary>One of our checkpoints in another code base's layout.</summary>
public static class ModelExport
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>The formats that can be written.</summary>
    public static IReadOnlyList<string> Formats =>
        [.. CheckpointLayout.All.Where(l => l.CanExport).Select(l => l.Name)];

    /// <param name="format">One of <see cref="Formats"/>.</param>
    /// <param name="output">The folder to create: model.safetensors, config.json, probe.json.</param>
    /// <returns>Names of tensors that hold NaN or infinity; they are written as they are.</returns>
    /// <exception cref="LinearScalingException">The model has something the format cannot express; all of it is
    /// named.</exception>
    public static IReadOnlyList<string> Run(CheckpointDirectory checkpoint, string format, string output)
    {
        var layout = CheckpointLayout.ForExport(format);
        checkpoint.VerifyModel();
        var card = checkpoint.ReadConfig<ModelCard>();
        var problems = layout.Inexpressible(card.Model).ToList();
        if (problems.Count > 0)
            throw InteropMistakes.Inexpressible(checkpoint.FullPath, format, problems);
        IReadOnlyList<string> notFinite = [];
        NewFolder.Create(
            output,
            folder =>
            {
                using var scope = NewDisposeScope();
                using (var weights = Safetensors.Open(checkpoint.ModelFile))
                    Safetensors.Write(
                        Path.Combine(folder, "model.safetensors"),
                        layout.Tensors(card.Model).Select(t => (t.Name, Arrange(t, weights))),
                        new Dictionary<string, string> { ["format"] = "pt" }
                    );
                var json = layout.WriteConfig(card.Model, card.SeqLen);
                json["torch_dtype"] = StoredType(checkpoint);
                DurableFile.WriteAllText(Path.Combine(folder, "config.json"), json.ToJsonString(Indented) + "\n");

                var tokenizer = Path.Combine(checkpoint.FullPath, card.Tokenizer);
                if (SafeName.IsFileName(card.Tokenizer) && File.Exists(tokenizer))
                    DurableFile.Copy(tokenizer, Path.Combine(folder, card.Tokenizer));

                var dtype = ProbeLogits.TypeFor(card.Model);
                using var written = new ForeignModel(folder);
                using var exported = written.Load(dtype, CPU);
                var probe = ProbeLogits.Compute(exported);
                var file = Path.Combine(folder, ProbeLogits.FileName);
                probe.Write(file);
                using var model = LanguageModel.Load(checkpoint, dtype, CPU);
                notFinite = model.Parameters.NotFinite();
                probe.Check(model, file, layout.Tensors(card.Model).All(t => t.ExportFactor == 1) ? null : 1e-5);
            }
        );
        return notFinite;
    }

    private static Tensor Arrange(ForeignTensor tensor, Safetensors weights)
    {
        var stacked =
            tensor.Parts.Count == 1 ? weights.Read(tensor.Parts[0]) : cat([.. tensor.Parts.Select(weights.Read)], 0);
        if (tensor.ExportFactor != 1) // fp32 at least: a second rounding to bf16 would show
            stacked = (stacked.to(ScalarType.Float64) * tensor.ExportFactor).to(
                stacked.dtype == ScalarType.Float64 ? ScalarType.Float64 : ScalarType.Float32
            );
        return tensor.Shape is null ? stacked : stacked.view(tensor.Shape);
    }

    private static JsonNode StoredType(CheckpointDirectory checkpoint)
    {
        using var weights = Safetensors.Open(checkpoint.ModelFile);
        return weights.Entries.First(e => e.Name == "embed.weight").DType switch
        {
            ScalarType.Float64 => "float64",
            ScalarType.BFloat16 => "bfloat16",
            ScalarType.Float16 => "float16",
            _ => "float32",
        };
    }
}
