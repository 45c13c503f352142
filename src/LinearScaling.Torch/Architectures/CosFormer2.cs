using LinearScaling.Compute;
using LinearScaling.Configuration;
using LinearScaling.Torch.Layers;
using LinearScaling.Torch.Ops;

namespace LinearScaling.Torch.Architectures;

/// <summary>cosFormer2 (arXiv 2406.16690, section 2.2 and appendix A.1.4): linear attention over cosine features,
/// without decay and without denominator.</summary>
public sealed record CosFormer2Config : ModelConfig
{
    /// <summary>Where the angles of the cosine features start.</summary>
    public ThetaInit ThetaInit { get; init; } = ThetaInit.Global;

    /// <summary>Whether they are learned.</summary>
    public bool ThetaLearnable { get; init; } = true;

    /// <summary>The length that <c>theta_init: cosformer1</c> is for.</summary>
    [Range(1, 1e9)]
    public int ThetaLength { get; init; } = 8192;

    /// <summary>The positional encoding after the embedding.</summary>
    public TpeKind Tpe { get; init; } = TpeKind.Expsum;

    /// <summary>Exponentials per channel of <c>tpe: expsum</c>, e; when omitted, head_dim.</summary>
    [Range(1, 1e6)]
    public int? TpeExpansion { get; init; }

    /// <summary>Whether the encoding is added to the embedding or replaces it.</summary>
    public bool TpeResidual { get; init; } = true;

    /// <summary>What the normalised output is multiplied with.</summary>
    public OutputGateKind OutputGate { get; init; } = OutputGateKind.LowrankSigmoid;

    /// <summary>Rank of a low-rank gate; when omitted, head_dim.</summary>
    [Range(1, 1e6)]
    public int? GateRank { get; init; }

    /// <summary>Equal parts of the mixer's output that are normalised each on its own.</summary>
    [Range(1, 1e6)]
    public int OutNormGroups { get; init; } = 1;

    /// <summary>Rows of a chunk in the training form; it does not change what is computed.</summary>
    [Range(1, 1e6)]
    public int ChunkSize { get; init; } = 128;

    /// <summary>Exponentials per channel of the positional encoding, 0 without it.</summary>
    public int Expansion =>
        Tpe switch
        {
            TpeKind.None => 0,
            TpeKind.Ema => 1,
            _ => TpeExpansion ?? HeadDim,
        };

    public override StateSize State => new(2L * NumLayers * HiddenSize * HeadDim, (long)HiddenSize * Expansion);

    /// <remarks>Update (2) and read (2) of each state element, those of the positional encoding too.</remarks>
    public override double MixingFlops(double positions) => 4.0 * State.Recurrent;

    public override double ElementwiseFlops(double positions) => 6.0 * NumLayers * HiddenSize;

    public override double ComparedElements(int seqLen) => State.Mixers;

    public override double? PaperFactor(int seqLen) => 1 + 3 / (4.0 * NumHeads) + 23 / (72.0 * HiddenSize);

    public override IEnumerable<string> Problems()
    {
        foreach (var problem in base.Problems())
            yield return problem;
        if (HiddenSize % OutNormGroups != 0)
            yield return $"hidden_size ({HiddenSize}) must be divisible by out_norm_groups ({OutNormGroups})";
        if (ThetaInit == ThetaInit.Half && ThetaLearnable)
            yield return "theta_init half keeps half of the angles at 0: set theta_learnable to false";
    }

    /// <remarks>As TNL's.</remarks>
    public override long MixerKept => 8L * HiddenSize + (GateRank ?? HeadDim);

    public override LanguageModel Build(ScalarType dtype, Device device) => new CosFormer2(this, dtype, device);

    protected override IEnumerable<ParameterSpec> SharedParameters() => TpeLayer.Parameters();

    protected override IEnumerable<ParameterSpec> MixerParameters(int layer) =>
        [
            MixerMatrix(layer, "q", HiddenSize, HiddenSize, InitStd),
            MixerMatrix(layer, "k", HiddenSize, HiddenSize, InitStd),
            MixerMatrix(layer, "v", HiddenSize, HiddenSize, InitStd),
            .. Lrpe(layer).Parameters(),
            .. OutNorm(layer).Parameters(),
            .. Gate(layer).Parameters(),
            MixerMatrix(layer, "o", HiddenSize, HiddenSize, ResidualStd),
        ];

    internal TpeLayer TpeLayer => new(Tpe, HiddenSize, NumHeads, Expansion, TpeResidual, InitStd, NormEps);

    internal LrpeLayer Lrpe(int layer) =>
        new($"blocks.{layer}.mixer", NumHeads, HeadDim, ThetaInit, ThetaLearnable, ThetaLength);

    internal NormLayer OutNorm(int layer) =>
        new($"blocks.{layer}.mixer.norm", Norm, NormEps, HiddenSize, OutNormGroups);

    internal OutputGate Gate(int layer) =>
        new($"blocks.{layer}.mixer", OutputGate, HiddenSize, GateRank ?? HeadDim, InitStd);
}

internal sealed class CosFormer2(CosFormer2Config config, ScalarType dtype, Device device)
    : LanguageModel(config, dtype, device)
{
    /// <remarks>One state per layer, and the positional encoding's in the last slot.</remarks>
    public override DecodingState NewState(int batch) => new RecurrentState(config.NumLayers + 1);

    protected override Tensor Enter(Tensor rows, Tensor? segments, DecodingState? state)
    {
        if (config.Tpe == TpeKind.None)
            return base.Enter(rows, segments, state);

        using var scope = NewDisposeScope();
        var x = base.Enter(rows, segments, state);
        if (state is not RecurrentState recurrent)
            return config.TpeLayer.Apply(Parameters, x, segments, Stretch).MoveToOuterDisposeScope();
        (var y, recurrent[config.NumLayers]) = config.TpeLayer.Extend(Parameters, x, recurrent[config.NumLayers]);
        return y.MoveToOuterDisposeScope();
    }

    protected override Tensor Mix(int layer, Tensor x, Tensor? segments, DecodingState? state)
    {
        using var scope = NewDisposeScope();
        var (q, k, v) = (PerHead("q"), PerHead("k"), PerHead("v"));
        var theta = config.Lrpe(layer).Theta(Parameters, x.dtype, x.device);
        Tensor o;
        if (state is RecurrentState recurrent)
            (o, recurrent[layer]) = LightningAttention.Extend(
                q,
                k,
                v,
                null,
                config.ChunkSize,
                recurrent[layer],
                theta,
                state.Position,
                silu: true
            );
        else
            o = LightningAttention.Chunked(q, k, v, null, config.ChunkSize, null, segments, theta, Stretch, silu: true);
        var y = config.Gate(layer).Apply(Parameters, x, config.OutNorm(layer).Apply(Parameters, Heads.Merge(o)));
        return Project(layer, "o", y).MoveToOuterDisposeScope();

        Tensor PerHead(string name) => Heads.Split(Project(layer, name, x), config.NumHeads).transpose(1, 2);
    }
}
