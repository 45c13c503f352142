using LinearScaling.Torch.Architectures;
using LinearScaling.Torch.Decoding;
using LinearScaling.Torch.Interop;
using LinearScaling.Torch.Weights;

namespace LinearScaling.Tests.Torch.Interop;

/// <summary>Checkpoints that are not as most are, and are read nevertheless.</summary>
public sealed class UnusualImportTests : IDisposable
{
    private readonly ForeignCheckpoint source = ForeignCheckpoint.Llama();

    private string Weights => Path.Combine(source.Folder, "model.safetensors");

    public void Dispose() => source.Dispose();

    [Theory]
    [InlineData("\"rope_theta\":5e5,\"rope_parameters\":{\"rope_type\":\"default\"}", 5e5)]
    [InlineData("\"rope_parameters\":{\"rope_type\":\"default\",\"rope_theta\":2e4}", 2e4)]
    [InlineData("\"rope_scaling\":{\"rope_type\":\"default\"}", 1e4)]
    [InlineData("\"rope_scaling\":{\"type\":\"linear\",\"factor\":1.0}", 1e4)]
    [InlineData("\"rope_scaling\":null,\"sliding_window\":null,\"rope_interleaved\":false", 1e4)]
    [InlineData("\"partial_rotary_factor\":1.0,\"embedding_multiplier\":1,\"quantization_config\":null", 1e4)]
    public void A_setting_that_changes_nothing_is_accepted(string keys, double ropeBase)
    {
        source.Config = source.Config.Replace(
            "\"vocab_size\":10",
            "\"vocab_size\":10," + keys,
            StringComparison.Ordinal
        );
        source.Write();
        Assert.Equal(ropeBase, ((LlamaConfig)Imported().Model).RopeBase);
    }

    [Fact]
    public void A_Mistral_without_a_window_is_a_LLaMA()
    {
        source.Config = source
            .Config.Replace("LlamaForCausalLM", "MistralForCausalLM", StringComparison.Ordinal)
            .Replace("\"llama\"", "\"mistral\",\"sliding_window\":null", StringComparison.Ordinal);
        source.Write();
        Assert.Equal(1, ((LlamaConfig)Imported().Model).NumKvHeads);
    }

    [Fact]
    public void Shards_without_an_index_are_read_when_all_of_them_are_there()
    {
        source.Write();
        var expected = ModelImport.Run(source.Folder, source.Output, null, null).Checkpoint.WeightsHash;
        using (var weights = Safetensors.Open(Weights))
        {
            var names = weights.Entries.Select(e => e.Name).ToList();
            foreach (var (i, shard) in names.Chunk(6).Index())
                Safetensors.Write(
                    Path.Combine(source.Folder, $"model-0000{i + 1}-of-00002.safetensors"),
                    shard.Select(n => (n, weights.Read(n)))
                );
        }
        File.Delete(Weights);
        Assert.Equal(expected, ModelImport.Run(source.Folder, source.Elsewhere, null, null).Checkpoint.WeightsHash);
        var second = Path.Combine(source.Folder, "model-00002-of-00002.safetensors");
        File.Delete(second);
        Assert.Equal($"{second}: missing; the shards of a model belong together", Message(source.Folder));
    }

    [Fact]
    public void Weights_that_are_not_finite_are_named_and_survive_export_and_logits()
    {
        source.Write();
        using (var weights = Safetensors.Open(Weights))
        {
            var tensors = weights.Entries.Select(e => (e.Name, Tensor: weights.Read(e.Name))).ToList();
            tensors.Find(t => t.Name == "model.norm.weight").Tensor[3] = double.NaN;
            Safetensors.Write(Weights + ".new", tensors);
        }
        File.Move(Weights + ".new", Weights, overwrite: true);
        var imported = ModelImport.Run(source.Folder, source.Output, null, null);
        Assert.Equal(["norm.weight"], imported.NotFinite);
        Assert.Equal(["norm.weight"], ModelExport.Run(imported.Checkpoint, "hf-llama", source.Elsewhere));
        var again = ModelImport.Run(source.Elsewhere, source.Output + "2", null, null);
        Assert.Equal(imported.Checkpoint.WeightsHash, again.Checkpoint.WeightsHash);

        using var model = LanguageModel.Load(imported.Checkpoint, ScalarType.Float32, CPU);
        using var json = new MemoryStream();
        Assert.Equal(20, TokenLogits.Write(model, [1, 2], json));
        Assert.Equal(
            "NaN",
            System.Text.Json.Nodes.JsonNode.Parse(json.ToArray())!["logits"]![0]![0]!.GetValue<string>()
        );
        var decoder = new Decoder(model, new());
        Assert.Null(
            decoder.Continue(
                [
                    [1],
                ],
                3,
                _ => false,
                TestContext.Current.CancellationToken
            )[0]
        );
    }

    private string Message(string from) =>
        Assert.Throws<LinearScalingException>(() => ModelImport.Run(from, source.Output, null, null)).Message;

    private ModelCard Imported() =>
        ModelImport.Run(source.Folder, source.Output, null, null).Checkpoint.ReadConfig<ModelCard>();
}
