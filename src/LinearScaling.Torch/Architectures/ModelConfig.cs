using LinearScaling.Compute;
using LinearScaling.Configuration;
using LinearScaling.Runs;
using LinearScaling.Torch.Layers;

namespace LinearScaling.Torch.Architectures;

/// <summary>What token embeddings are multiplied with.</summary>
public enum EmbedScale
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>sqrt(hidden_size): TransNormerLLM's first release.</summary>
    SqrtD,
}

/// <summary>An architecture and its size: one record per architecture, in the file that also defines its forward
/// pass.</summary>
public abstract record ModelConfig : IValidated
{
    /// <summary>Width of the residual stream, d.</summary>
    [Range(1, 1e6)]
    public required int HiddenSize { get; init; }

    /// <summary>Blocks, L.</summary>
    [Range(1, 1e4)]
    public required int NumLayers { get; init; }

    /// <summary>Heads, H; head_dim is hidden_size / num_heads.</summary>
    [Range(1, 1e5)]
    public required int NumHeads { get; init; }

    /// <summary>Rows of the embedding, V.</summary>
    [Range(1, 1e8)]
    public required int VocabSize { get; init; }

    /// <summary>Width of the GLU, g; when omitted, 8 d / 3 rounded down and then up to a multiple of 256.</summary>
    [Range(1, 1e7)]
    public int? IntermediateSize { get; init; }

    /// <summary>Kind of every norm of the model.</summary>
    public NormKind Norm { get; init; } = NormKind.Srms;

    /// <summary>Added to the mean square (or variance) inside the root.</summary>
    [Positive]
    public double NormEps { get; init; } = 1e-6;

    /// <summary>Activation of the GLU's gate.</summary>
    public Activation GluAct { get; init; } = Activation.None;

    /// <summary>Whether the head is the embedding.</summary>
    public bool TieEmbeddings { get; init; } = true;

    /// <summary>What embeddings are multiplied with.</summary>
    public EmbedScale EmbedScale { get; init; } = EmbedScale.None;

    /// <summary>Standard deviation of every matrix at the start, cut at three of them; those that write to the residual
    /// stream are divided by sqrt(2 L).</summary>
    [Positive]
    public double InitStd { get; init; } = 0.02;

    /// <summary>The same for the head (the embedding, where tied); when omitted, init_std, but at most 1 / (3
    /// sqrt(hidden_size)), so that the first loss is within 0.1 of ln V.</summary>
    [Positive]
    public double? HeadInitStd { get; init; }

    /// <summary>The architectures by the names that users type.</summary>
    public static Registry Variants { get; } =
        new(
            "architecture",
            ("tnl", typeof(TnlConfig)),
            ("hgrn2", typeof(Hgrn2Config)),
            ("cosformer2", typeof(CosFormer2Config)),
            ("llama", typeof(LlamaConfig))
        );

    /// <summary>Width of a head, d / H.</summary>
    public int HeadDim => HiddenSize / NumHeads;

    /// <summary>Width of the GLU: <see cref="IntermediateSize"/>, or its default.</summary>
    public int GluSize => IntermediateSize ?? (8 * HiddenSize / 3 + 255) / 256 * 256;

    /// <summary>Standard deviation of the matrices that write to the residual stream.</summary>
    protected double ResidualStd => InitStd / Math.Sqrt(2.0 * NumLayers);

    /// <summary>
    /// Standard deviation of the head. Final hidden states have a root mean square of 1, so that logits start with a
    /// variance of d times its square, and the loss half of that above ln V: 0.02 would add 0.3 at d = 1,536.
    /// </summary>
    private double HeadStd => HeadInitStd ?? Math.Min(InitStd, 1 / (3 * Math.Sqrt(HiddenSize)));

    /// <summary>The keys that do not fit together, a line per problem; empty when all do.</summary>
    public virtual IEnumerable<string> Problems()
    {
        if (HiddenSize % NumHeads != 0)
            yield return $"hidden_size ({HiddenSize}) must be divisible by num_heads ({NumHeads})";
    }

    /// <summary>Every parameter, in checkpoint order, without allocating one.</summary>
    public IReadOnlyList<ParameterSpec> Parameters() =>
        [
            new(
                "embed.weight",
                [VocabSize, HiddenSize],
                new Initialization.TruncatedNormal(TieEmbeddings ? HeadStd : InitStd),
                Embedding: true
            ),
            .. SharedParameters(),
            .. Enumerable
                .Range(0, NumLayers)
                .SelectMany(layer =>
                    (IEnumerable<ParameterSpec>)
                        [
                            .. MixerNorm(layer).Parameters(),
                            .. MixerParameters(layer),
                            .. GluNorm(layer).Parameters(),
                            .. Glu(layer).Parameters(),
                        ]
                ),
            .. FinalNorm().Parameters(),
            .. TieEmbeddings
                ? (IEnumerable<ParameterSpec>)[]
                :
                [
                    new(
                        "head.weight",
                        [VocabSize, HiddenSize],
                        new Initialization.TruncatedNormal(HeadStd),
                        Embedding: true
                    ),
                ],
        ];

    /// <summary>Parameters of embedding and head, and all others (the laws' N), from the shapes alone.</summary>
    public ParameterCounts Counts()
    {
        var specs = Parameters();
        return new(specs.Where(s => s.Embedding).Sum(s => s.Count), specs.Where(s => !s.Embedding).Sum(s => s.Count));
    }

    /// <summary>The model on a device, not yet initialised.</summary>
    public abstract LanguageModel Build(ScalarType dtype, Device device);

    /// <summary>What a sequence keeps for the tokens that follow it.</summary>
    public abstract StateSize State { get; }

    /// <summary>Elements of all matrices that a token is multiplied with in the blocks.</summary>
    public virtual long Matrices => Parameters().Where(p => p.Decay && !p.Embedding).Sum(p => p.Count);

    /// <summary>Training FLOPs per token (forward and backward) by the conventions of <see cref="Flops"/>.</summary>
    public IReadOnlyDictionary<string, double> FlopsPerToken(int seqLen) => ModelFlops.PerToken(this, seqLen);

    /// <summary>FLOPs of one token's forward pass, all layers, besides products with matrices and elementwise work:
    /// attention to so many positions, or the recurrence as it is defined.</summary>
    /// <param name="positions">Those it attends to, itself included; in training their mean.</param>
    public abstract double MixingFlops(double positions);

    /// <summary>FLOPs of the token mixers' elementwise work per generated token, all layers.</summary>
    /// <param name="positions">As in <see cref="MixingFlops"/>.</param>
    public abstract double ElementwiseFlops(double positions);

    /// <summary>L H Q T of arXiv 2204.02311: elements that a token's queries are compared with, all layers. In a linear
    /// model T, the positions, becomes the rows of its state.</summary>
    public abstract double ComparedElements(int seqLen);

    /// <summary>What the study's count multiplies 72 L d^2 with (arXiv 2406.16690, table 1); null for an architecture
    /// that it has no formula for, whose FLOPs then have no <c>paper</c>.</summary>
    public virtual double? PaperFactor(int seqLen) => null;

    /// <summary>Elements per token, in the model's type, that the graph of a token mixer and its norm keeps until the
    /// backward pass, besides their input, as counted from the operators. Recurrent states come on top.</summary>
    public abstract long MixerKept { get; }

    /// <summary>The same for what comes before the first block.</summary>
    public virtual long EntryKept => 0;

    /// <summary>The token mixer's parameters in block <paramref name="layer"/>.</summary>
    protected abstract IEnumerable<ParameterSpec> MixerParameters(int layer);

    /// <summary>Parameters that all blocks share, besides embedding, final norm and head.</summary>
    protected virtual IEnumerable<ParameterSpec> SharedParameters() => [];

    internal NormLayer MixerNorm(int layer) => new($"blocks.{layer}.mixer_norm", Norm, NormEps, HiddenSize);

    internal NormLayer GluNorm(int layer) => new($"blocks.{layer}.glu_norm", Norm, NormEps, HiddenSize);

    internal NormLayer FinalNorm() => new("norm", Norm, NormEps, HiddenSize);

    internal Glu Glu(int layer) => new($"blocks.{layer}.glu", HiddenSize, GluSize, GluAct, InitStd, ResidualStd);

    /// <summary>A matrix of the token mixer, [out, in].</summary>
    protected static ParameterSpec MixerMatrix(int layer, string name, int outputs, int inputs, double std) =>
        new($"blocks.{layer}.mixer.{name}.weight", [outputs, inputs], new Initialization.TruncatedNormal(std));
}
