namespace LinearScaling.Evaluation;

/// <summary>The difference of two models on the same items, each item its own pair; items of one document count as one
/// cluster.</summary>
/// <param name="Difference">Mean of A minus mean of B.</param>
/// <param name="Stderr">Of the mean difference, clustered by document; null for one document.</param>
/// <param name="Documents">Clusters.</param>
public sealed record PairedComparison(double A, double B, double Difference, double? Stderr, int Items, int Documents)
{
    /// <summary>95 % interval of the difference, by the normal approximation.</summary>
    public (double Low, double High)? Interval =>
        Stderr is { } s ? (Difference - 1.96 * s, Difference + 1.96 * s) : null;

    /// <param name="a">Model A's score of each item by its id.</param>
    /// <param name="document">The document that an item belongs to.</param>
    public static PairedComparison Compare(
        IReadOnlyDictionary<string, double> a,
        IReadOnlyDictionary<string, double> b,
        Func<string, string> document
    )
    {
        var common = a.Keys.Where(b.ContainsKey).ToList();
        if (common.Count == 0 || common.Count != a.Count || common.Count != b.Count)
            throw EvaluationMistakes.OtherItems(a.Count, b.Count, common.Count);
        if (common.Find(i => !double.IsFinite(a[i]) || !double.IsFinite(b[i])) is { } odd)
            throw EvaluationMistakes.NoScore(double.IsFinite(a[odd]) ? "second" : "first", odd);
        var mean = common.Average(i => a[i] - b[i]);
        var clusters = common
            .GroupBy(document, StringComparer.Ordinal)
            .Select(g => g.Sum(i => a[i] - b[i] - mean))
            .ToList();
        var (n, g) = ((double)common.Count, clusters.Count);
        // cluster-robust variance with the small-sample factor
        double? stderr = g < 2 ? null : Math.Sqrt(g / (g - 1.0) * clusters.Sum(c => c * c)) / n;
        return new(common.Average(i => a[i]), common.Average(i => b[i]), mean, stderr, common.Count, g);
    }
}
