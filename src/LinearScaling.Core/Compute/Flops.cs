namespace LinearScaling.Compute;

/// <summary>The conventions by which floating-point operations are counted: the keys of a run's
/// <c>flops_per_token</c>.</summary>
public static class Flops
{
    /// <summary>arXiv 2406.16690, table 1; only for architectures that it has a formula for.</summary>
    public const string Paper = "paper";

    /// <summary>What the model's definition costs.</summary>
    public const string Exact = "exact";

    /// <summary>6 per parameter outside embedding and head.</summary>
    public const string SixNd = "6nd";

    /// <summary>arXiv 2204.02311, appendix B.</summary>
    public const string Palm = "palm";

    /// <summary>One PFLOP/s-day, the unit of compute in scaling laws.</summary>
    public const double PflopsDay = 1e15 * 86400;

    /// <summary>Every convention, in the order they are shown.</summary>
    public static IReadOnlyList<string> Conventions { get; } = [Paper, Exact, SixNd, Palm];

    /// <summary>The convention in which models are compared where none was chosen: the paper's, or <c>exact</c> where
    /// the paper has no formula for one of them.</summary>
    /// <param name="models">FLOPs per token of each model, by convention.</param>
    public static string Common(IEnumerable<IReadOnlyDictionary<string, double>> models) =>
        models.All(m => m.ContainsKey(Paper)) ? Paper : Exact;
}
