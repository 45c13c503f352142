using LinearScaling.Compute;
using LinearScaling.Configuration;
using LinearScaling.Torch.Layers;
using LinearScaling.Torch.Ops;

namespace LinearScaling.Torch.Architectures;

/// <summary>HGRN2 (arXiv 2404.07904; arXiv 2406.16690, appendix A.1.3): gated linear attention whose keys are one minus
/// the forget gate.</summary>
public sealed record Hgrn2Config : ModelConfig
{
    /// <summary>Whether each layer's forget gate has a learned lower bound that grows with depth.</summary>
    public bool UseLowerBound { get; init; } = true;

    /// <summary>Equal parts of the mixer's output that are normalised each on its own.</summary>
    [Range(1, 1e6)]
    public int OutNormGroups { get; init; } = 1;

    /// <summary>Epsilon of the norm of the mixer's output; when omitted, norm_eps.</summary>
    [Positive]
    public double? OutNormEps { get; init; }

    /// <summary>Rows of a chunk in the training form, a power of two; it does not change what is computed.</summary>
    [Range(1, 1e6)]
    public int ChunkSize { get; init; } = 64;

    public override StateSize State => new((long)NumLayers * HiddenSize * HeadDim);

    /// <remarks>Its decay (1), update (2) and read (2) of each state element.</remarks>
    public override double MixingFlops(double positions) => 5.0 * State.Mixers;

    public override double ElementwiseFlops(double positions) => 8.0 * NumLayers * HiddenSize;

    public override double ComparedElements(int seqLen) => State.Mixers;

    public override double? PaperFactor(int seqLen) => 1 + 1 / (3.0 * NumHeads) + 29 / (72.0 * HiddenSize);

    public override IEnumerable<string> Problems()
    {
        foreach (var problem in base.Problems())
            yield return problem;
        if (HiddenSize % OutNormGroups != 0)
            yield return $"hidden_size ({HiddenSize}) must be divisible by out_norm_groups ({OutNormGroups})";
        if (!int.IsPow2(ChunkSize))
            yield return $"chunk_size must be a power of two, got {ChunkSize}";
    }

    /// <remarks>The norm, queries, logits of the forget gate, values, output, its norm.</remarks>
    public override long MixerKept => 6L * HiddenSize;

    public override LanguageModel Build(ScalarType dtype, Device device) => new Hgrn2(this, dtype, device);

    protected override IEnumerable<ParameterSpec> SharedParameters() =>
        UseLowerBound
            ? [new("lower_bounds", [NumLayers, HiddenSize], new Initialization.Constant(0), Decay: false)]
            : [];

    protected override IEnumerable<ParameterSpec> MixerParameters(int layer) =>
        [
            MixerMatrix(layer, "q", HiddenSize, HiddenSize, InitStd),
            MixerMatrix(layer, "f", HiddenSize, HiddenSize, InitStd),
            MixerMatrix(layer, "v", HiddenSize, HiddenSize, InitStd),
            .. OutNorm(layer).Parameters(),
            MixerMatrix(layer, "o", HiddenSize, HiddenSize, ResidualStd),
        ];

    internal NormLayer OutNorm(int layer) =>
        new($"blocks.{layer}.mixer.norm", Norm, OutNormEps ?? NormEps, HiddenSize, OutNormGroups);
}

internal sealed class Hgrn2(Hgrn2Config config, ScalarType dtype, Device device) : LanguageModel(config, dtype, device)
{
    public override DecodingState NewState(int batch) => new RecurrentState(config.NumLayers);

    protected override Tensor Mix(int layer, Tensor x, Tensor? segments, DecodingState? state)
    {
        using var scope = NewDisposeScope();
        var (q, z, v) = (PerHead("q"), PerHead("f"), PerHead("v"));
        var bound = config.UseLowerBound && layer > 0 ? ForgetGate.LowerBound(Parameters["lower_bounds"], layer) : null;
        Tensor o;
        if (state is RecurrentState recurrent)
            (o, recurrent[layer]) = TiedLinearAttention.Extend(q, z, v, bound, config.ChunkSize, recurrent[layer]);
        else
            o = TiedLinearAttention.Chunked(q, z, v, bound, config.ChunkSize, segments, Stretch);
        return Project(layer, "o", config.OutNorm(layer).Apply(Parameters, Heads.Merge(o))).MoveToOuterDisposeScope();

        Tensor PerHead(string name) => Heads.Split(Project(layer, name, x), config.NumHeads).transpose(1, 2);
    }
}
