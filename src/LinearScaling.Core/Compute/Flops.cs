namespace LinearScaling.Compute;

/// <summary>Floating-point operations under named conventions; a multiply-add is two, backward costs twice
/// forward.</summary>
public static class Flops
{
    /// <summary>One PFLOP/s-day, the unit of compute in scaling laws.</summary>
    public const double PflopsDay = 1e15 * 86400;

    /// <summary>Every convention that <see cref="PerToken"/> knows.</summary>
    public static IReadOnlyList<string> Conventions { get; } = ["paper", "exact", "6nd", "palm"];

    /// <summary>Training FLOPs a token (forward and backward) by convention.</summary>
    /// <param name="nonEmbedding">Parameters without embedding and head, N.</param>
    /// <param name="seqLen">Tokens a sequence, n.</param>
    public static IReadOnlyDictionary<string, double> PerToken(ModelShape shape, long nonEmbedding, int seqLen) =>
        new Dictionary<string, double>
        {
            ["paper"] = Paper(shape, seqLen),
            ["exact"] = Exact(shape, seqLen),
            ["6nd"] = 6.0 * nonEmbedding,
            ["palm"] = Palm(shape, nonEmbedding, seqLen),
        };

    /// <summary>
    /// arXiv 2406.16690, table 1: 72 L d^2 times a factor of its architecture. The GLU is taken as 8 d / 3 wide,
    /// attention as not causal, embedding and head are left out.
    /// </summary>
    public static double Paper(ModelShape shape, int seqLen)
    {
        double d = shape.HiddenSize,
            heads = shape.NumHeads;
        var factor = shape.Mixer switch
        {
            TokenMixer.Softmax => 1 + seqLen / (6 * d) + 5 / (18 * d),
            TokenMixer.ConstantDecay => 1 + 1 / (2 * heads) + 5 / (18 * d),
            TokenMixer.GatedDecay => 1 + 1 / (3 * heads) + 29 / (72 * d),
            TokenMixer.NoDecay => 1 + 3 / (4 * heads) + 23 / (72 * d),
            _ => throw new ArgumentOutOfRangeException(nameof(shape)),
        };
        return 72 * shape.NumLayers * d * d * factor;
    }

    /// <summary>
    /// What the model's definition costs: its matrices with their actual widths, the head, causal attention over the
    /// positions that exist, recurrences as recurrences (whatever algorithm evaluates them). Elementwise work is left
    /// out.
    /// </summary>
    public static double Exact(ModelShape shape, int seqLen) =>
        3.0
        * (
            2.0 * shape.Matrices
            + 2.0 * shape.HiddenSize * shape.VocabSize
            + Recurrence(shape)
            + (shape.Mixer == TokenMixer.Softmax ? 4.0 * shape.NumLayers * shape.HiddenSize * (seqLen + 1) / 2 : 0)
        );

    /// <summary>
    /// arXiv 2204.02311, appendix B: 6 N + 12 L H Q T, not causal, with the head's matrix in N. In a linear model T,
    /// the positions a query is compared with, becomes the rows of its state.
    /// </summary>
    public static double Palm(ModelShape shape, long nonEmbedding, int seqLen) =>
        6.0 * (nonEmbedding + shape.VocabSize * shape.HiddenSize)
        + 12.0
            * (shape.Mixer == TokenMixer.Softmax ? (double)shape.NumLayers * shape.HiddenSize * seqLen : shape.State);

    /// <summary>FLOPs of generating one token with what the past left: recurrent states, or a KV cache (arXiv
    /// 2406.16690, appendix A.1, with actual widths).</summary>
    /// <param name="position">Tokens before it; only softmax attention depends on it.</param>
    public static double Inference(ModelShape shape, long position)
    {
        double d = shape.HiddenSize,
            past = position + 1;
        var elementwise = shape.Mixer switch
        {
            TokenMixer.Softmax => 4 * d * past + 3 * past * shape.NumHeads + 4 * d,
            TokenMixer.ConstantDecay => 2 * d,
            TokenMixer.GatedDecay => 8 * d,
            TokenMixer.NoDecay => 6 * d,
            _ => throw new ArgumentOutOfRangeException(nameof(shape)),
        };
        return 2.0 * shape.Matrices
            + shape.NumLayers * (elementwise + shape.GluSize)
            + Recurrence(shape)
            + 2 * d * shape.VocabSize;
    }

    /// <summary>A token's rank-one update (2) and read (2) of each state element, and its decay (1) where there is one;
    /// the same for the positional encoding's state.</summary>
    private static double Recurrence(ModelShape shape) =>
        (shape.Mixer is TokenMixer.ConstantDecay or TokenMixer.GatedDecay ? 5.0 : 4.0) * shape.State
        + 4.0 * shape.HiddenSize * shape.TpeExpansion;
}
