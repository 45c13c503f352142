using LinearScaling.Runs;
using LinearScaling.Torch.Architectures;
using LinearScaling.Torch.Decoding;
using LinearScaling.Torch.Interop;
using LinearScaling.Torch.Weights;

namespace LinearScaling.Tests.Torch.Interop;

public sealed class LlamaImportTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("lcs-import-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData(ScalarType.Float32, 1e-4)]
    [InlineData(ScalarType.Float64, 1e-6)]
    public void Stories260K_gives_its_golden_logits(ScalarType dtype, double tolerance)
    {
        using var scope = NewDisposeScope();
        using var model = LanguageModel.Load(Import(Stories260K.Folder), dtype, CPU);
        using var guard = no_grad();
        var golden = Stories260K.Golden;
        var logits = model.Logits(tensor(golden.Tokens).view(1, -1))[0].to(ScalarType.Float64);
        for (var t = 0; t < golden.Tokens.Length; t++)
            Assert.All(
                logits[t].data<double>().ToArray().Zip(golden.LogitsFloat64[t]),
                p => Assert.Equal(p.Second, p.First, tolerance)
            );
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.Float64)]
    public void Stories260K_gives_its_golden_loss(ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        using var model = LanguageModel.Load(Import(Stories260K.Folder), dtype, CPU);
        using var guard = no_grad();
        var golden = Stories260K.Golden;
        var ids = tensor(golden.LongTokens).view(1, -1);
        var losses = nn.functional.cross_entropy(
            model.Logits(ids)[0].narrow(0, 0, ids.size(1) - 1),
            ids[0].narrow(0, 1, ids.size(1) - 1)
        );
        Assert.Equal(golden.LongMeanNll, losses.to(ScalarType.Float64).item<double>(), 1e-6);
        Assert.Equal(1.1247384, golden.LongMeanNll, 1e-7);
    }

    [Fact]
    public void Stories260K_decodes_its_golden_tokens()
    {
        using var model = LanguageModel.Load(Import(Stories260K.Folder), ScalarType.Float32, CPU);
        int[] expected = Stories260K.Golden.GreedyTokensFromBos;
        Assert.Equal(65, expected.Length);
        Assert.Equal(
            expected[1..],
            new Decoder(model, new()).Continue([expected[..1]], 64, _ => false, TestContext.Current.CancellationToken)[
                0
            ]
        );
    }

    [Fact]
    public void Stories260K_exported_and_imported_again_is_the_same_to_the_bit()
    {
        var first = Import(Stories260K.Folder);
        var exported = Path.Combine(folder, "exported");
        ModelExport.Run(first, "hf-llama", exported);
        var second = Import(exported);
        Assert.Equal(first.WeightsHash, second.WeightsHash);
        Assert.Equal(File.ReadAllText(first.ModelConfigFile), File.ReadAllText(second.ModelConfigFile));
        using var scope = NewDisposeScope();
        using var source = Safetensors.Open(Stories260K.Folder);
        using var copy = Safetensors.Open(exported);
        foreach (var entry in source.Entries)
            Assert.Equal(source.Read(entry.Name).bytes.ToArray(), copy.Read(entry.Name).bytes.ToArray());
        Assert.Equal(source.Entries.Count, copy.Entries.Count);
    }

    [Fact]
    public void Weights_that_do_not_give_the_stored_logits_are_refused()
    {
        var exported = Path.Combine(folder, "exported");
        ModelExport.Run(Import(Stories260K.Folder), "hf-llama", exported);
        var weights = Path.Combine(exported, "model.safetensors");
        var bytes = File.ReadAllBytes(weights);
        bytes[^2] ^= 0x40; // the last weight's exponent
        File.WriteAllBytes(weights, bytes);
        var error = Assert.Throws<LinearScalingException>(() => Import(exported));
        Assert.StartsWith(
            $"{Path.Combine(exported, "probe.json")}: the weights do not give the logits stored with them: position "
                + $"0, ",
            error.Message,
            StringComparison.Ordinal
        );
    }

    private CheckpointDirectory Import(string from) =>
        ModelImport.Run(from, Path.Combine(folder, Guid.NewGuid().ToString("n")), null, null).Checkpoint;
}
