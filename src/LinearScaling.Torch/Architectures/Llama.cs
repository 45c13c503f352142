using LinearScaling.Compute;
using LinearScaling.Configuration;
using LinearScaling.Torch.Layers;
using LinearScaling.Torch.Ops;

namespace LinearScaling.Torch.Architectures;

/// <summary>LLaMA (arXiv 2302.13971): softmax attention with RoPE, SwiGLU.</summary>
public sealed record LlamaConfig : ModelConfig
{
    /// <summary>Sets the defaults in which it differs from the others.</summary>
    public LlamaConfig() => (Norm, NormEps, GluAct) = (NormKind.Rms, 1e-5, Activation.Silu);

    /// <summary>Heads of keys and values (grouped-query attention); when omitted, as many as num_heads.</summary>
    [Range(1, 1e5)]
    public int? NumKvHeads { get; init; }

    /// <summary>Base of RoPE's frequencies.</summary>
    [Positive]
    public double RopeBase { get; init; } = 10000;

    /// <summary>Heads of keys and values: <see cref="NumKvHeads"/>, or its default.</summary>
    public int KvHeads => NumKvHeads ?? NumHeads;

    public override StateSize State => new(Mixers: 0, KeyValue: 2L * NumLayers * KvHeads * HeadDim);

    /// <remarks>Scores (2) and weighted values (2), for each feature and position.</remarks>
    public override double MixingFlops(double positions) => 4.0 * NumLayers * HiddenSize * positions;

    public override double ElementwiseFlops(double positions) =>
        NumLayers * (3.0 * positions * NumHeads + 4.0 * HiddenSize);

    public override double ComparedElements(int seqLen) => (double)NumLayers * HiddenSize * seqLen;

    public override double? PaperFactor(int seqLen) => 1 + seqLen / (6.0 * HiddenSize) + 5 / (18.0 * HiddenSize);

    public override IEnumerable<string> Problems()
    {
        foreach (var problem in base.Problems())
            yield return problem;
        if (HiddenSize % NumHeads == 0 && HeadDim % 2 != 0)
            yield return $"hidden_size / num_heads ({HeadDim}) must be even: RoPE turns pairs";
        if (NumHeads % KvHeads != 0)
            yield return $"num_heads ({NumHeads}) must be divisible by num_kv_heads ({KvHeads})";
    }

    /// <remarks>The norm, the turned queries and keys, values, the output.</remarks>
    public override long MixerKept => 3L * HiddenSize + 2L * KvHeads * HeadDim;

    public override LanguageModel Build(ScalarType dtype, Device device) => new Llama(this, dtype, device);

    protected override IEnumerable<ParameterSpec> MixerParameters(int layer) =>
        [
            MixerMatrix(layer, "q", HiddenSize, HiddenSize, InitStd),
            MixerMatrix(layer, "k", KvHeads * HeadDim, HiddenSize, InitStd),
            MixerMatrix(layer, "v", KvHeads * HeadDim, HiddenSize, InitStd),
            MixerMatrix(layer, "o", HiddenSize, HiddenSize, ResidualStd),
        ];
}

internal sealed class Llama(LlamaConfig config, ScalarType dtype, Device device) : LanguageModel(config, dtype, device)
{
    private RopeAngles? angles;

    public override DecodingState NewState(int batch) => new KeyValueCache(config.NumLayers);

    protected override Tensor Mix(int layer, Tensor x, Tensor? segments, DecodingState? state)
    {
        using var scope = NewDisposeScope();
        var turn = Angles(state?.Position ?? Stretch?.Start ?? 0, x.size(1));
        var q = Rotary.Rope(Heads.Split(Project(layer, "q", x), config.NumHeads), turn).transpose(1, 2);
        var k = Rotary.Rope(Heads.Split(Project(layer, "k", x), config.KvHeads), turn).transpose(1, 2);
        var v = Heads.Split(Project(layer, "v", x), config.KvHeads).transpose(1, 2);
        if (state is not KeyValueCache cache)
            return Project(layer, "o", Heads.Merge(SoftmaxAttention.Causal(q, k, v, segments, Stretch)))
                .MoveToOuterDisposeScope();

        (k, v) = cache.Append(layer, k, v);
        return Project(layer, "o", Heads.Merge(SoftmaxAttention.Cached(q, k, v))).MoveToOuterDisposeScope();
    }

    /// <summary>Those of all layers, which differ only from one pass to the next.</summary>
    private RopeAngles Angles(long start, long time)
    {
        if (angles?.Fit(start, time) == true)
            return angles;
        angles?.Dispose();
        return angles = new(
            config.HeadDim,
            config.RopeBase,
            start,
            time,
            Wide.Type(Parameters.DType),
            Parameters.Device
        );
    }

    public override void Dispose()
    {
        angles?.Dispose();
        base.Dispose();
    }
}
