using LinearScaling.Configuration;
using LinearScaling.Torch.Architectures;
using LinearScaling.Torch.Weights;

namespace LinearScaling.Torch.Interop;

/// <summary>A checkpoint in another code base's layout: safetensors (one file or shards) with config.json
/// beside.</summary>
internal sealed class ForeignModel : IDisposable
{
    private readonly Safetensors weights;
    private readonly string path;

    /// <param name="path">A folder, a safetensors file or an index of shards.</param>
    /// <exception cref="LinearScalingException">Not a layout lcs knows, a setting it does not compute, or a tensor that
    /// is missing, extra or of another shape; it is named.</exception>
    public ForeignModel(string path)
    {
        if (!Directory.Exists(path) && !File.Exists(path))
            throw new LinearScalingException($"{path}: no such file or directory");
        this.path = path;
        Folder = Directory.Exists(path) ? path : Path.GetDirectoryName(Path.GetFullPath(path))!;
        Json = ForeignConfig.Read(Path.Combine(Folder, "config.json"));
        Json.RequireAbsent("quantization_config", "quantized weights");
        weights = Safetensors.Open(path);
        try
        {
            var names = weights.Entries.Select(e => e.Name).ToHashSet();
            Layout =
                CheckpointLayout.All.FirstOrDefault(l => l.Recognises(Json, names))
                ?? throw Json.Problem(
                    $"no layout lcs knows ({Json.Describe()}); it reads "
                        + $"{string.Join(", ", CheckpointLayout.All.Select(l => l.Name))}"
                );
            Config = Layout.ReadConfig(Json, names);
            if (ConfigRules.Problems(Config).FirstOrDefault() is { } problem)
                throw Json.Problem(problem);
            Check();
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    public string Folder { get; }

    public ForeignConfig Json { get; }

    public CheckpointLayout Layout { get; }

    public ModelConfig Config { get; }

    /// <summary>The widest of the stored element types (fp16 has no place of its own here and becomes fp32, which holds
    /// it exactly).</summary>
    public ScalarType StoredType
    {
        get
        {
            var types = weights.Entries.Select(e => e.DType).ToHashSet();
            return types.Contains(ScalarType.Float64) ? ScalarType.Float64
                : types.SetEquals([ScalarType.BFloat16]) ? ScalarType.BFloat16
                : ScalarType.Float32;
        }
    }

    public LanguageModel Load(ScalarType dtype, Device device)
    {
        var model = Config.Build(dtype, device);
        try
        {
            using var guard = no_grad();
            foreach (var tensor in Layout.Tensors(Config))
                Read(tensor, model);
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    public void Dispose() => weights.Dispose();

    private void Read(ForeignTensor tensor, LanguageModel model)
    {
        using var scope = NewDisposeScope();
        if (tensor.Parts is [var only] && tensor.Shape is null)
        {
            weights.ReadInto(tensor.Name, model.Parameters[only]);
            return;
        }
        var parts = tensor.Parts.Select(p => model.Parameters[p]).ToList();
        var stacked = weights.Read(tensor.Name).view(StackedShape(parts.ConvertAll(p => p.shape)));
        var row = 0L;
        foreach (var part in parts)
        {
            part.copy_(stacked.narrow(0, row, part.size(0)));
            row += part.size(0);
        }
    }

    private void Check()
    {
        var shapes = Config.Parameters().ToDictionary(p => p.Name, p => p.Shape);
        var expected = Layout
            .Tensors(Config)
            .ToDictionary(t => t.Name, t => t.Shape ?? StackedShape([.. t.Parts.Select(p => shapes[p])]));
        var found = weights.Entries.Where(e => !Layout.IsRedundant(e.Name)).ToDictionary(e => e.Name);
        if (Config.TieEmbeddings && found.Remove(CheckpointLayout.HeadName))
            CheckTied();
        Report(expected.Keys.Where(n => !found.ContainsKey(n)), "missing");
        Report(
            found.Keys.Where(n => !expected.ContainsKey(n)),
            $"not part of the layout {Layout.Name} with this config.json"
        );
        foreach (var (name, entry) in found)
        {
            if (!entry.Shape.AsSpan().SequenceEqual(expected[name]))
                throw SafetensorsMistakes.OtherShape(path, name, expected[name], entry.Shape);
            if (!SafetensorsType.IsFloat(entry.DType))
                throw InteropMistakes.NotFloatingPoint(path, name, entry.DType);
        }
    }

    /// <summary>A tied model may store its head too; then the head must equal the embedding.</summary>
    private void CheckTied()
    {
        using var scope = NewDisposeScope();
        var embedding = Layout.Tensors(Config).First(t => t.Parts is ["embed.weight"]).Name;
        var (head, embed) = (weights.Read(CheckpointLayout.HeadName), weights.Read(embedding));
        if (
            head.dtype != embed.dtype
            || !head.shape.AsSpan().SequenceEqual(embed.shape)
            || head.ne(embed).any().item<bool>()
        )
            throw InteropMistakes.HeadNotTied(path, embedding);
    }

    private void Report(IEnumerable<string> names, string problem)
    {
        var list = names.ToList();
        if (list.Count > 0)
            throw InteropMistakes.Tensors(path, problem, list);
    }

    private static long[] StackedShape(List<long[]> parts) => [parts.Sum(p => p[0]), .. parts[0][1..]];
}
