using LinearScaling.Compute;
using LinearScaling.Configuration;
using LinearScaling.Torch.Layers;
using LinearScaling.Torch.Ops;

namespace LinearScaling.Torch.Architectures;

/// <summary>TNL, TransNormerLLM (arXiv 2405.17381; arXiv 2406.16690, appendix A.1.2): lightning attention with one
/// constant decay per head.</summary>
public sealed record TnlConfig : ModelConfig
{
    /// <summary>How decays are spaced over heads and layers; they are not learned.</summary>
    public DecayFamily Decay { get; init; } = DecayFamily.Alibi;

    /// <summary>Layers with LRPE; when omitted, layer 0 alone.</summary>
    public IReadOnlyList<int>? LrpeLayers { get; init; }

    /// <summary>Where LRPE's angles start.</summary>
    public ThetaInit ThetaInit { get; init; } = ThetaInit.Global;

    /// <summary>Whether they are learned.</summary>
    public bool ThetaLearnable { get; init; } = true;

    /// <summary>The length that <c>theta_init: cosformer1</c> is for.</summary>
    [Range(1, 1e9)]
    public int ThetaLength { get; init; } = 8192;

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

    public override StateSize State =>
        new((long)(NumLayers + Enumerable.Range(0, NumLayers).Count(HasLrpe)) * HiddenSize * HeadDim);

    /// <remarks>Its decay (1), update (2) and read (2) of each state element.</remarks>
    public override double MixingFlops(double positions) => 5.0 * State.Mixers;

    public override double ElementwiseFlops(double positions) => 2.0 * NumLayers * HiddenSize;

    public override double ComparedElements(int seqLen) => State.Mixers;

    public override double? PaperFactor(int seqLen) => 1 + 1 / (2.0 * NumHeads) + 5 / (18.0 * HiddenSize);

    public override IEnumerable<string> Problems()
    {
        foreach (var problem in base.Problems())
            yield return problem;
        if (HiddenSize % OutNormGroups != 0)
            yield return $"hidden_size ({HiddenSize}) must be divisible by out_norm_groups ({OutNormGroups})";
        foreach (var layer in LrpeLayers ?? [])
            if (layer < 0 || layer >= NumLayers)
                yield return $"lrpe_layers: there is no layer {layer}, the last one is {NumLayers - 1}";
        if (ThetaInit == ThetaInit.Half && ThetaLearnable)
            yield return "theta_init half keeps half of the angles at 0: set theta_learnable to false";
    }

    /// <remarks>The norm, queries, keys, values, output, its norm, gate and gated output, each of the width, and the
    /// gate's first product.</remarks>
    public override long MixerKept => 8L * HiddenSize + (GateRank ?? HeadDim);

    public override LanguageModel Build(ScalarType dtype, Device device) => new Tnl(this, dtype, device);

    protected override IEnumerable<ParameterSpec> MixerParameters(int layer) =>
        [
            MixerMatrix(layer, "q", HiddenSize, HiddenSize, InitStd),
            MixerMatrix(layer, "k", HiddenSize, HiddenSize, InitStd),
            MixerMatrix(layer, "v", HiddenSize, HiddenSize, InitStd),
            .. Lrpe(layer)?.Parameters() ?? [],
            .. OutNorm(layer).Parameters(),
            .. Gate(layer).Parameters(),
            MixerMatrix(layer, "o", HiddenSize, HiddenSize, ResidualStd),
        ];

    internal LrpeLayer? Lrpe(int layer) =>
        HasLrpe(layer) ? new($"blocks.{layer}.mixer", NumHeads, HeadDim, ThetaInit, ThetaLearnable, ThetaLength) : null;

    internal NormLayer OutNorm(int layer) =>
        new($"blocks.{layer}.mixer.norm", Norm, NormEps, HiddenSize, OutNormGroups);

    internal OutputGate Gate(int layer) =>
        new($"blocks.{layer}.mixer", OutputGate, HiddenSize, GateRank ?? HeadDim, InitStd);

    private bool HasLrpe(int layer) => LrpeLayers?.Contains(layer) ?? layer == 0;
}

internal sealed class Tnl(TnlConfig config, ScalarType dtype, Device device) : LanguageModel(config, dtype, device)
{
    public override DecodingState NewState(int batch) => new RecurrentState(config.NumLayers);

    protected override Tensor Mix(int layer, Tensor x, Tensor? segments, DecodingState? state)
    {
        using var scope = NewDisposeScope();
        var (q, k, v) = (PerHead("q"), PerHead("k"), PerHead("v"));
        var theta = config.Lrpe(layer)?.Theta(Parameters, x.dtype, x.device);
        var decay = Constants(
            layer,
            () => Layers.Decay.Slopes(config.Decay, layer, config.NumLayers, config.NumHeads),
            Wide.Type(x.dtype)
        );
        Tensor o;
        if (state is RecurrentState recurrent)
            (o, recurrent[layer]) = LightningAttention.Extend(
                q,
                k,
                v,
                decay,
                config.ChunkSize,
                recurrent[layer],
                theta,
                state.Position,
                silu: true
            );
        else
            o = LightningAttention.Chunked(
                q,
                k,
                v,
                decay,
                config.ChunkSize,
                null,
                segments,
                theta,
                Stretch,
                silu: true
            );
        var y = config.Gate(layer).Apply(Parameters, x, config.OutNorm(layer).Apply(Parameters, Heads.Merge(o)));
        return Project(layer, "o", y).MoveToOuterDisposeScope();

        Tensor PerHead(string name) => Heads.Split(Project(layer, name, x), config.NumHeads).transpose(1, 2);
    }
}
