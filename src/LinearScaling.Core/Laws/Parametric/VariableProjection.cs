using LinearScaling.Laws.Numerics;
using LinearScaling.Laws.Points;

namespace LinearScaling.Laws.Parametric;

/// <summary>
/// Least squares for L = E + A / N^alpha + B / D^beta by variable projection: for given exponents the constants are a
/// linear problem with E, A, B at least 0, so the search has two dimensions and a condition number near 10 in place of
/// 1e11.
/// </summary>
/// <remarks>Golub and Pereyra's method (1973); for these surfaces it is the steadiest of the known fitters, and it
/// checks the others.</remarks>
public static class VariableProjection
{
    /// <param name="relative">Whether residuals are divided by L, which stands in for logarithms; otherwise they are
    /// those of L itself.</param>
    /// <returns>Coefficients E, A, B, alpha, beta, and the residual sum of squares.</returns>
    public static (double[] Coefficients, double ResidualSquares) Fit(IReadOnlyList<Observation> points, bool relative)
    {
        var rows = points.Select(o => (o.LogN, o.LogD, o.Y, Weight: o.Weight / (relative ? o.Y * o.Y : 1))).ToArray();
        // Terms are taken at the data's centre, so that constants of very different size share one scale.
        var (meanN, meanD) = (rows.Average(r => r.LogN), rows.Average(r => r.LogD));

        (double Squares, double[] Linear) Inner(double alpha, double beta)
        {
            var (matrix, right, yy) = (new double[3, 3], new double[3], 0.0);
            Span<double> x = stackalloc double[3];
            x[0] = 1;
            foreach (var (logN, logD, y, weight) in rows)
            {
                x[1] = Math.Exp(-alpha * (logN - meanN));
                x[2] = Math.Exp(-beta * (logD - meanD));
                yy += weight * y * y;
                for (var i = 0; i < 3; i++)
                {
                    right[i] += weight * x[i] * y;
                    for (var j = 0; j <= i; j++)
                        matrix[i, j] = matrix[j, i] = matrix[i, j] + weight * x[i] * x[j];
                }
            }
            return NonNegative(matrix, right, yy);
        }

        var best = (Squares: double.PositiveInfinity, Alpha: 0.0, Beta: 0.0);
        for (var i = 1; i <= 24; i++)
        for (var j = 1; j <= 24; j++)
            if (Inner(0.05 * i, 0.05 * j).Squares is var squares && squares < best.Squares)
                best = (squares, 0.05 * i, 0.05 * j);

        // Then pattern search: an exact minimum in two dimensions needs nothing finer.
        for (var step = 0.025; step > 1e-10; )
        {
            var improved = false;
            foreach (var (da, db) in new[] { (1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, -1), (1, -1), (-1, 1) })
            {
                var (alpha, beta) = (best.Alpha + da * step, best.Beta + db * step);
                if (alpha > 0 && beta > 0 && Inner(alpha, beta).Squares is var squares && squares < best.Squares)
                {
                    best = (squares, alpha, beta);
                    improved = true;
                }
            }
            step = improved ? step * 1.5 : step / 2;
        }
        var linear = Inner(best.Alpha, best.Beta).Linear;
        return (
            [
                linear[0],
                linear[1] * Math.Exp(best.Alpha * meanN),
                linear[2] * Math.Exp(best.Beta * meanD),
                best.Alpha,
                best.Beta,
            ],
            best.Squares
        );
    }

    /// <summary>Least squares over three non-negative unknowns: the best of the eight sets of them that may differ from
    /// 0.</summary>
    internal static (double Squares, double[] Linear) NonNegative(double[,] matrix, double[] right, double yy)
    {
        var best = (Squares: yy, Linear: new double[3]);
        for (var set = 1; set < 8; set++)
        {
            int[] used = [.. Enumerable.Range(0, 3).Where(i => (set & (1 << i)) != 0)];
            var sub = new double[used.Length, used.Length];
            for (var i = 0; i < used.Length; i++)
            for (var j = 0; j < used.Length; j++)
                sub[i, j] = matrix[used[i], used[j]];
            var solution = SmallMatrix.Solve(SmallMatrix.Cholesky(sub), Array.ConvertAll(used, i => right[i]));
            if (Array.Exists(solution, s => !(s >= 0)))
                continue;
            var squares = yy - used.Select((u, i) => right[u] * solution[i]).Sum();
            if (squares < best.Squares)
            {
                var linear = new double[3];
                for (var i = 0; i < used.Length; i++)
                    linear[used[i]] = solution[i];
                best = (squares, linear);
            }
        }
        return best;
    }
}
