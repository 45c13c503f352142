using LinearScaling.Compute;

namespace LinearScaling.Torch.Architectures;

/// <summary>A model's floating-point operations by convention, from what its architecture states; a multiply-add is
/// two, backward costs twice forward.</summary>
public static class ModelFlops
{
    /// <summary>Training FLOPs per token (forward and backward) by convention; <c>paper</c> is absent where the paper
    /// has no formula for the architecture.</summary>
    public static IReadOnlyDictionary<string, double> PerToken(ModelConfig model, int seqLen)
    {
        var counts = new Dictionary<string, double>();
        if (Paper(model, seqLen) is { } paper)
            counts[Flops.Paper] = paper;
        counts[Flops.Exact] = Exact(model, seqLen);
        counts[Flops.SixNd] = 6.0 * model.Counts().NonEmbedding;
        counts[Flops.Palm] = Palm(model, seqLen);
        return counts;
    }

    /// <summary>FLOPs of generating one token from recurrent states, or from cached keys and values (arXiv 2406.16690,
    /// appendix A.1, with actual widths).</summary>
    /// <param name="position">Tokens before it; only softmax attention depends on it.</param>
    public static double Inference(ModelConfig model, long position) =>
        2.0 * model.Matrices
        + model.MixingFlops(position + 1)
        + model.ElementwiseFlops(position + 1)
        + (double)model.NumLayers * model.GluSize
        + Head(model);

    /// <summary>
    /// arXiv 2406.16690, table 1: 72 L d^2 times a factor of its architecture. The GLU is taken as 8 d / 3 wide,
    /// attention as not causal, embedding and head are left out.
    /// </summary>
    private static double? Paper(ModelConfig model, int seqLen)
    {
        double d = model.HiddenSize;
        return 72 * model.NumLayers * d * d * model.PaperFactor(seqLen);
    }

    /// <summary>
    /// What the model's definition costs: its matrices with their actual widths, the head, causal attention over the
    /// positions that exist, recurrences as recurrences (whatever algorithm evaluates them). Elementwise work is left
    /// out.
    /// </summary>
    private static double Exact(ModelConfig model, int seqLen) =>
        3 * (2.0 * model.Matrices + Head(model) + model.MixingFlops((seqLen + 1) / 2.0));

    /// <summary>arXiv 2204.02311, appendix B: 6 N + 12 L H Q T, not causal, with the head's matrix in N.</summary>
    private static double Palm(ModelConfig model, int seqLen) =>
        6.0 * (model.Counts().NonEmbedding + (long)model.VocabSize * model.HiddenSize)
        + 12.0 * model.ComparedElements(seqLen);

    private static double Head(ModelConfig model) => 2.0 * model.HiddenSize * model.VocabSize;
}
