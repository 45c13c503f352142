using LinearScaling.Configuration;
using LinearScaling.Torch.Architectures;

namespace LinearScaling.Tests.Torch;

/// <summary>Small models for tests whose subject is not the model.</summary>
internal static class Models
{
    public static ModelConfig TinyConfig(string architecture) => ConfigFile.Parse<Holder>(
        $"model: {{name: {architecture}, hidden_size: 16, num_layers: 3, num_heads: 2, intermediate_size: 32, vocab_size: 24}}", "tiny").Model;

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
        return (randint(vocab, [batch, time], generator: generator), randint(vocab, [batch, time], generator: generator));
    }

    private sealed record Holder(ModelConfig Model);
}
