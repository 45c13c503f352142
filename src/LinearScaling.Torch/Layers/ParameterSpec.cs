namespace LinearScaling.Torch.Layers;

/// <summary>A parameter's initial values.</summary>
public abstract record Initialization
{
    /// <summary>Normal around 0, cut at three standard deviations.</summary>
    public sealed record TruncatedNormal(double Std) : Initialization;

    /// <summary>The same value everywhere.</summary>
    public sealed record Constant(double Value) : Initialization;

    /// <summary>Values given by a formula, in row-major order.</summary>
    public sealed record Values(Func<double[]> Make) : Initialization;
}

/// <summary>One parameter of a model: its name in checkpoints, shape, start, and whether weight decay
/// applies.</summary>
/// <param name="Name">The checkpoint's name, as <c>blocks.3.mixer.q.weight</c>.</param>
/// <param name="Shape">Dimensions; matrices are [out, in].</param>
/// <param name="Decay">Matrices decay and may be kept in bf16. Gains, biases, lower bounds, LRPE angles and TPE weights
/// do not decay and always stay fp32.</param>
/// <param name="Embedding">Counted as an embedding parameter rather than in the laws' N (the tied embedding, an untied
/// head).</param>
public sealed record ParameterSpec(
    string Name,
    long[] Shape,
    Initialization Start,
    bool Decay = true,
    bool Embedding = false
)
{
    /// <summary>Number of elements.</summary>
    public long Count => Shape.Aggregate(1L, (product, size) => product * size);

    /// <summary>The block it belongs to, or -1 for what all blocks share (embedding, TPE, lower bounds, final norm,
    /// head).</summary>
    public int Block =>
        Name.StartsWith("blocks.", StringComparison.Ordinal)
            ? int.Parse(
                Name.AsSpan(7, Name.IndexOf('.', 7) - 7),
                provider: System.Globalization.CultureInfo.InvariantCulture
            )
            : -1;
}
