using LinearScaling.Laws.Numerics;

namespace LinearScaling.Laws.Observational;

/// <summary>Principal components of scores: centred, not scaled, so that a benchmark counts by how much its scores
/// differ.</summary>
/// <remarks>The sign of a component is free; here its loading of the largest size is positive. The first component of
/// benchmarks that rise together then rises with all of them.</remarks>
/// <param name="Mean">By benchmark.</param>
/// <param name="Directions">Loadings: for each component, the largest first, a vector of length 1.</param>
/// <param name="Explained">Share of the variance that each explains; they add up to 1.</param>
public sealed record PrincipalComponents(double[] Mean, double[][] Directions, double[] Explained)
{
    /// <param name="rows">Without gaps.</param>
    /// <param name="weights">How often each row counts.</param>
    public static PrincipalComponents Fit(IReadOnlyList<double[]> rows, IReadOnlyList<double> weights)
    {
        var (mean, covariance) = Moments(rows, weights);
        var (values, directions) = SymmetricEigen.Decompose(covariance);
        foreach (var direction in directions)
            if (direction.MaxBy(Math.Abs) < 0)
                for (var j = 0; j < direction.Length; j++)
                    direction[j] = -direction[j];
        var total = values.Sum(v => Math.Max(v, 0));
        return new(mean, directions, [.. values.Select(v => Math.Max(v, 0) / total)]);
    }

    /// <summary>The model's place along the first components.</summary>
    public double[] Scores(double[] row, int count)
    {
        var scores = new double[count];
        for (var k = 0; k < count; k++)
        for (var j = 0; j < row.Length; j++)
            scores[k] += Directions[k][j] * (row[j] - Mean[j]);
        return scores;
    }

    /// <summary>The same components, each with the sign that lies nearer to that of others.</summary>
    public PrincipalComponents SignedAs(PrincipalComponents others) =>
        this with
        {
            Directions =
            [
                .. Directions.Zip(
                    others.Directions,
                    (mine, other) => mine.Zip(other, (a, b) => a * b).Sum() < 0 ? Array.ConvertAll(mine, a => -a) : mine
                ),
            ],
        };

    private static (double[] Mean, double[,] Covariance) Moments(
        IReadOnlyList<double[]> rows,
        IReadOnlyList<double> weights
    )
    {
        var n = rows[0].Length;
        var (mean, covariance, total) = (new double[n], new double[n, n], weights.Sum());
        for (var i = 0; i < rows.Count; i++)
        for (var j = 0; j < n; j++)
            mean[j] += weights[i] / total * rows[i][j];
        for (var i = 0; i < rows.Count; i++)
        for (var j = 0; j < n; j++)
        {
            var share = weights[i] / total * (rows[i][j] - mean[j]);
            for (var k = 0; k <= j; k++)
                covariance[j, k] += share * (rows[i][k] - mean[k]);
        }
        SmallMatrix.Mirror(covariance);
        return (mean, covariance);
    }
}
