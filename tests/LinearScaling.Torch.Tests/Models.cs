using LinearScaling.Configuration;
using LinearScaling.Torch.Architectures;

namespace LinearScaling.Tests.Torch;

/// <summary>Small models for tests whose subject is not the model.</summary>
internal static class Models
{
    /// <summary>Every architecture in fp32 and in bf16.</summary>
    public static TheoryData<string, bool> Types()
    {
        var cases = new TheoryData<string, bool>();
        foreach (var name in ModelConfig.Variants.Names)
        {
            cases.Add(name, false);
            cases.Add(name, true);
        }
        return cases;
    }

    public static ModelConfig TinyConfig(string architecture) =>
        Config(architecture, hiddenSize: 16, numLayers: 3, intermediateSize: 32, vocabSize: 24);

    /// <summary>A model with two heads.</summary>
    public static ModelConfig Config(
        string architecture,
        int hiddenSize,
        int numLayers,
        int intermediateSize,
        int vocabSize
    ) =>
        ConfigFile
            .Parse<Holder>(
                $"model: {{name: {architecture}, hidden_size: {hiddenSize}, num_layers: {numLayers}, num_heads: 2, "
                    + $"intermediate_size: {intermediateSize}, vocab_size: {vocabSize}}}",
                "small"
            )
            .Model;

    public static LanguageModel Tiny(string architecture, ScalarType dtype, ulong seed = 1)
    {
        var model = TinyConfig(architecture).Build(dtype, CPU);
        model.Parameters.Initialize(seed);
        return model;
    }

    /// <summary>Random ids and targets, [batch, time].</summary>
    public static (Tensor Ids, Tensor Targets) Batch(int vocab, int batch, int time, ulong seed = 1)
    {
        using var generator = new Generator(seed);
        return (
            randint(vocab, [batch, time], generator: generator),
            randint(vocab, [batch, time], generator: generator)
        );
    }

    private sealed record Holder(ModelConfig Model);
}
