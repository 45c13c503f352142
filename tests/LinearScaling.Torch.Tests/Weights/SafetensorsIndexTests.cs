using LinearScaling.Torch.Weights;

namespace LinearScaling.Tests.Torch.Weights;

/// <summary>Weights in several files, with an index that says which tensor is where.</summary>
public sealed class SafetensorsIndexTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("lcs-safetensors-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Shards_are_read_as_one_file()
    {
        using var scope = NewDisposeScope();
        Safetensors.Write(Path.Combine(folder, "model-00001-of-00002.safetensors"), [("a", ones(2))]);
        Safetensors.Write(Path.Combine(folder, "model-00002-of-00002.safetensors"), [("b", ones(3))]);
        File.WriteAllText(
            Path.Combine(folder, "model.safetensors.index.json"),
            """{"metadata":{},"weight_map":"""
                + """{"a":"model-00001-of-00002.safetensors","b":"model-00002-of-00002.safetensors"}}"""
        );
        using var shards = Safetensors.Open(folder);
        Assert.Equal(["a", "b"], shards.Entries.Select(e => e.Name));
        Assert.Equal([1f, 1f, 1f], shards.Read("b").data<float>().ToArray());
    }

    [Theory]
    [InlineData("""{"weight_map":{"a":"missing.safetensors"}}""", "missing.safetensors: no such file")]
    [InlineData(
        """{"weight_map":{"b":"one.safetensors"}}""",
        "model.safetensors.index.json: tensor 'b' is not in one.safetensors, where the index places it"
    )]
    [InlineData(
        """{"weight_map":{"a":"../one.safetensors"}}""",
        "model.safetensors.index.json: shard '../one.safetensors' is not a file beside the index"
    )]
    [InlineData(
        """{"weights":{}}""",
        "model.safetensors.index.json: not an index of shards (an object whose weight_map gives each tensor's file): "
    )]
    public void A_wrong_index_is_named(string index, string problem)
    {
        using var scope = NewDisposeScope();
        Safetensors.Write(Path.Combine(folder, "one.safetensors"), [("a", ones(2))]);
        File.WriteAllText(Path.Combine(folder, "model.safetensors.index.json"), index);
        var path = Path.Combine(folder, "model.safetensors.index.json");
        Assert.StartsWith(
            Path.Combine(folder, problem),
            Assert.Throws<LinearScalingException>(() => Safetensors.Open(path)).Message,
            StringComparison.Ordinal
        );
    }
}
