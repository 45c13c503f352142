namespace LinearScaling.Laws.Observational;

/// <summary>A model and what it scores: a row of a <see cref="ScoreTable"/>.</summary>
/// <param name="Name">The model.</param>
/// <param name="Family">Models of one recipe at several sizes.</param>
/// <param name="Flops">Training FLOPs; NaN where they are not known.</param>
/// <param name="Released">When it came out; null where that is not known.</param>
/// <param name="Scores">Its benchmarks' scores, shares from 0 to 1; NaN where one is missing.</param>
/// <param name="Target">The metric to predict; NaN where it is missing or none is asked for.</param>
public sealed record ScoredModel(
    string Name,
    string Family,
    double Flops,
    DateOnly? Released,
    double[] Scores,
    double Target
)
{
    public bool HasFlops => double.IsFinite(Flops);

    public bool HasTarget => double.IsFinite(Target);

    /// <summary>log10 of the training FLOPs, on which lines stand.</summary>
    public double LogFlops => Math.Log10(Flops);
}
