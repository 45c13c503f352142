namespace LinearScaling.Laws.Observational;

/// <summary>
/// Gaps of a table filled from one component: every score is near a benchmark's mean plus the model's ability times the
/// benchmark's direction (arXiv 2405.10938).
/// </summary>
/// <remarks>
/// Gaps start at the benchmark's mean; then the leading component of the filled table fills them anew, until they stay.
/// That end is the least-squares fit of the model to the scores that are there. The authors' code divides each
/// benchmark by its standard deviation first; here all stay in their own units, as they do in
/// <see cref="PrincipalComponents"/>.
/// </remarks>
/// <param name="Mean">By benchmark.</param>
/// <param name="Direction">By benchmark, of length 1.</param>
/// <param name="Iterations">Until no gap moved by more than the tolerance.</param>
/// <param name="Converged">Whether that was reached.</param>
public sealed record RankOneImputation(double[] Mean, double[] Direction, int Iterations, bool Converged)
{
    private const int MostIterations = 10_000;

    /// <param name="rows">Scores, NaN where missing; at least one number in every column of rows that weigh.</param>
    /// <param name="weights">How often each row counts; rows of weight 0 do not.</param>
    /// <param name="start">A fit to nearly the same rows, from which it takes fewer iterations.</param>
    /// <param name="tolerance">In units of the scores.</param>
    public static RankOneImputation Fit(
        IReadOnlyList<double[]> rows,
        IReadOnlyList<double> weights,
        RankOneImputation? start = null,
        double tolerance = 1e-13
    )
    {
        var used = Enumerable.Range(0, rows.Count).Where(i => weights[i] > 0).ToList();
        var means = start?.Mean ?? ObservedMeans(rows, weights);
        List<(double[] Row, int[] Gaps)> incomplete = [];
        var filled = new double[used.Count][];
        foreach (var (i, k) in used.Select((i, k) => (i, k)))
        {
            int[] gaps = [.. Enumerable.Range(0, means.Length).Where(j => double.IsNaN(rows[i][j]))];
            filled[k] = start?.Fill(rows[i]) ?? [.. rows[i].Select((v, j) => double.IsNaN(v) ? means[j] : v)];
            if (gaps.Length > 0)
                incomplete.Add((filled[k], gaps));
        }
        double[] weight = [.. used.Select(i => weights[i])];
        for (var iteration = 1; ; iteration++)
        {
            var components = PrincipalComponents.Fit(filled, weight);
            var (mean, direction) = (components.Mean, components.Directions[0]);
            var moved = 0.0;
            foreach (var (row, gaps) in incomplete)
            {
                var ability = 0.0;
                for (var j = 0; j < row.Length; j++)
                    ability += direction[j] * (row[j] - mean[j]);
                foreach (var j in gaps)
                {
                    var value = mean[j] + ability * direction[j];
                    moved = Math.Max(moved, Math.Abs(value - row[j]));
                    row[j] = value;
                }
            }
            if (moved <= tolerance || iteration == MostIterations)
                return new(mean, direction, iteration, moved <= tolerance);
        }
    }

    /// <summary>A row with its gaps filled: by the ability that fits what is there best. Also of rows that were not
    /// fitted to.</summary>
    public double[] Fill(double[] row)
    {
        double along = 0,
            square = 0;
        for (var j = 0; j < row.Length; j++)
            if (!double.IsNaN(row[j]))
            {
                along += Direction[j] * (row[j] - Mean[j]);
                square += Direction[j] * Direction[j];
            }
        var ability = square > 1e-12 ? along / square : 0; // scores that say nothing of it
        return [.. row.Select((v, j) => double.IsNaN(v) ? Mean[j] + ability * Direction[j] : v)];
    }

    private static double[] ObservedMeans(IReadOnlyList<double[]> rows, IReadOnlyList<double> weights)
    {
        var means = new double[rows[0].Length];
        for (var j = 0; j < means.Length; j++)
        {
            double sum = 0,
                weight = 0;
            for (var i = 0; i < rows.Count; i++)
                if (weights[i] > 0 && !double.IsNaN(rows[i][j]))
                {
                    sum += weights[i] * rows[i][j];
                    weight += weights[i];
                }
            means[j] = sum / weight;
        }
        return means;
    }
}
