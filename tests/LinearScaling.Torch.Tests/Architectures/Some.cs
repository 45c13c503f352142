using LinearScaling.Configuration;
using LinearScaling.Torch.Architectures;

namespace LinearScaling.Tests.Torch.Architectures;

/// <summary>Small models of every architecture.</summary>
internal static class Some
{
    /// <summary>A small model of an architecture, whichever the table of architectures has, or of the walk-through's;
    /// with short chunks where it has chunks.</summary>
    public static ModelConfig Config(string architecture)
    {
        if (architecture == WalkThrough.Name)
            return WalkThrough.Config() with
            {
                HiddenSize = 24,
                NumLayers = 2,
                NumHeads = 3,
                VocabSize = 31,
                IntermediateSize = 20,
            };
        var tree = ConfigTree.Empty.With(
            $"model: {{name: {architecture}, hidden_size: 24, num_layers: 2, num_heads: 3, vocab_size: 31, "
                + "intermediate_size: 20}",
            architecture
        );
        var config = tree.Bind<OnlyModel>();
        return ConfigWriter.Write(config).Contains("chunk_size", StringComparison.Ordinal)
            ? tree.WithSet("model.chunk_size=8").Bind<OnlyModel>().Model
            : config.Model;
    }

    private sealed record OnlyModel(ModelConfig Model);

    public static LanguageModel Model(ModelConfig config, ScalarType dtype = ScalarType.Float64, ulong seed = 1)
    {
        var model = config.Build(dtype, CPU);
        model.Parameters.Initialize(seed);
        return model;
    }

    /// <summary>A model whose mixers matter: with weights of 0.02 the residual stream is nearly the
    /// embedding.</summary>
    public static LanguageModel LivelyModel(ModelConfig config, ScalarType dtype = ScalarType.Float64)
    {
        var model = Model(config, dtype);
        using var guard = no_grad();
        foreach (var spec in model.Parameters.Specs)
            if (spec.Decay)
                model.Parameters[spec.Name].mul_(10);
        return model;
    }

    public static Tensor Ids(int batch, int time, int vocab = 31, ulong seed = 5)
    {
        using var generator = new Generator(seed);
        return randint(0, vocab, [batch, time], dtype: ScalarType.Int64, generator: generator);
    }
}
