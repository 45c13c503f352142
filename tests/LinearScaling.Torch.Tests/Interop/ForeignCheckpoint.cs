using System.Text.Json;
using LinearScaling.Torch.Weights;

namespace LinearScaling.Tests.Torch.Interop;

/// <summary>A small random checkpoint in somebody else's layout, in a temporary folder.</summary>
internal sealed class ForeignCheckpoint : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("lcs-foreign-").FullName;

    public ForeignCheckpoint(object config, params (string Name, long[] Shape)[] tensors)
    {
        Config = JsonSerializer.Serialize(config);
        Tensors = tensors.ToDictionary(t => t.Name, t => t.Shape);
        Directory.CreateDirectory(Folder);
    }

    public string Folder => Path.Combine(root, "source");

    public string Output => Path.Combine(root, "imported");

    public string Elsewhere => Path.Combine(root, "exported");

    public string Config { get; set; }

    public Dictionary<string, long[]> Tensors { get; }

    public ScalarType DType { get; set; } = ScalarType.Float64;

    /// <summary>Writes the folder; values are of the size that makes every part matter.</summary>
    public ForeignCheckpoint Write()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(3);
        File.WriteAllText(Path.Combine(Folder, "config.json"), Config);
        Safetensors.Write(
            Path.Combine(Folder, "model.safetensors"),
            Tensors.Select(t =>
                (
                    t.Key,
                    (randn(t.Value, ScalarType.Float64, generator: generator) * (t.Value.Length == 1 ? 1 : 0.4)).to(
                        DType
                    )
                )
            )
        );
        return this;
    }

    public void Dispose() => Directory.Delete(root, recursive: true);
}
