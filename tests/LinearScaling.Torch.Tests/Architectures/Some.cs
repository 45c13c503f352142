using LinearScaling.Torch.Architectures;

namespace LinearScaling.Tests.Torch.Architectures;

/// <summary>Small models of every architecture.</summary>
internal static class Some
{
    public static ModelConfig Config(string architecture) =>
        architecture switch
        {
            "tnl" => new TnlConfig(24, 2, 3, 31, ChunkSize: 8, IntermediateSize: 20),
            "hgrn2" => new Hgrn2Config(24, 2, 3, 31, ChunkSize: 8, IntermediateSize: 20),
            "cosformer2" => new CosFormer2Config(24, 2, 3, 31, ChunkSize: 8, IntermediateSize: 20),
            "llama" => new LlamaConfig(24, 2, 3, 31, IntermediateSize: 20),
            _ => throw new ArgumentException($"add a small {architecture} here"),
        };

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
