namespace LinearScaling.Evaluation;

/// <summary>Scores of a needle-in-a-haystack grid, 0 to 1 a cell, and the study's summaries of it (arXiv:2406.16690,
/// section 5).</summary>
/// <param name="lengths">Context lengths, ascending.</param>
/// <param name="depths">Depths, ascending.</param>
/// <param name="cells">By length, then by depth.</param>
public sealed class NeedleGrid(IReadOnlyList<int> lengths, IReadOnlyList<int> depths, IReadOnlyList<double> cells)
{
    public IReadOnlyList<int> Lengths => lengths;

    public IReadOnlyList<int> Depths => depths;

    public double this[int length, int depth] => cells[length * depths.Count + depth];

    public double Average => cells.Average();

    /// <summary>Mean over depths at one length.</summary>
    public double Column(int length) => Enumerable.Range(0, depths.Count).Average(d => this[length, d]);

    /// <summary>Index of the grid's length closest to <paramref name="tokens"/>.</summary>
    public int Nearest(int tokens) => Enumerable.Range(0, lengths.Count).MinBy(i => Math.Abs(lengths[i] - tokens));

    /// <summary>Weights grow geometrically with depth and with length.</summary>
    public double WeightedAverage(double depthWeight, double lengthWeight) =>
        Weighted(lengthWeight, l => ColumnAverage(l, depthWeight));

    /// <summary>
    /// Cells at or above the threshold are successes. A column counts 0 without success, 1 when all succeed, and else
    /// 2^((1-s)/2) of its weighted average, with s the number of runs of equal outcome along the depth: scattered
    /// successes count less.
    /// </summary>
    /// <remarks>The study names the two factors but not how they are combined; here they are multiplied.</remarks>
    public double NiahScore(double threshold, double depthWeight, double lengthWeight) =>
        Weighted(lengthWeight, l => Constancy(l, threshold) * ColumnAverage(l, depthWeight));

    /// <summary>p of one column.</summary>
    public double Constancy(int length, double threshold)
    {
        bool[] found = [.. Enumerable.Range(0, depths.Count).Select(d => this[length, d] >= threshold)];
        if (!found.Contains(true))
            return 0;
        if (!found.Contains(false))
            return 1;
        var runs = 1 + Enumerable.Range(1, found.Length - 1).Count(d => found[d] != found[d - 1]);
        return Math.Pow(2, (1 - runs) / 2.0);
    }

    private double ColumnAverage(int length, double depthWeight)
    {
        var (sum, weights) = (0.0, 0.0);
        for (var d = 0; d < depths.Count; d++)
        {
            var weight = Math.Pow(depthWeight, d);
            sum += weight * this[length, d];
            weights += weight;
        }
        return sum / weights;
    }

    private double Weighted(double lengthWeight, Func<int, double> column)
    {
        var (sum, weights) = (0.0, 0.0);
        for (var l = 0; l < lengths.Count; l++)
        {
            var weight = Math.Pow(lengthWeight, l);
            sum += weight * column(l);
            weights += weight;
        }
        return sum / weights;
    }
}
