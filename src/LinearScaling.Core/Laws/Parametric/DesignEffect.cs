using LinearScaling.Laws.Numerics;
using MathNet.Numerics.LinearAlgebra;

namespace LinearScaling.Laws.Parametric;

/// <summary>How much wider the spread of a fit's parameters is than it would be if all rows were independent, because
/// rows of one run share what was particular to that run (Kish's design effect, a parameter).</summary>
/// <remarks>
/// <para>Leaving out one run moves the parameters by d = (H - H_run)^-1 g_run, a Gauss-Newton step from the optimum;
/// the sum of d d^T over runs is the jackknife's covariance (Cameron and Miller, A Practitioner's Guide to
/// Cluster-Robust Inference, 2015). The same sum over rows, each with its part of d, is what that covariance would be
/// if the rows of a run were unrelated. Where every run has one row both are the same sum; where each row stands k
/// times in its run the first is k times the second.</para>
/// <para>The effect on one parameter is itself uncertain: intervals divided by it held the truth in 81 % of draws with
/// 12 runs of ten rows and in 91 % with 48, with five parameters, in place of 95 %. A profile takes it only where it is
/// certain: where the runs' parts are all in one proportion, as of copies.</para>
/// <para>A likelihood that counts every row as independent is then too sharp by that ratio: for one parameter a divisor
/// of the likelihood ratio, for several the corrections of Rao and Scott (1984), second order.</para>
/// </remarks>
public sealed class DesignEffect
{
    /// <summary>Fewer runs than this for each fitted parameter say too little of how far runs differ.</summary>
    public const int RunsPerParameter = 2;

    /// <summary>An effect that varies between runs by less than this part of itself is certain, as that of
    /// copies.</summary>
    private const double Certain = 1e-3;

    // The parameters, or the directions of them, that the matrices are of.
    private readonly int[] free;

    // The jackknife's covariance of these, by rows and by runs.
    private readonly double[,] rows;
    private readonly double[,] runs;

    // Each run's part of their diagonals.
    private readonly List<(double[] Rows, double[] Runs)> parts;

    private DesignEffect(
        int points,
        bool independent,
        bool known,
        int[] free,
        double[,] rows,
        double[,] runs,
        List<(double[] Rows, double[] Runs)> parts
    )
    {
        Points = points;
        Independent = independent;
        Known = known;
        this.free = free;
        this.rows = rows;
        this.runs = runs;
        this.parts = parts;
    }

    /// <summary>Rows of the fit.</summary>
    public int Points { get; }

    /// <summary>How many independent rows would tell as much, no more than there are; null where there are too few runs
    /// to tell.</summary>
    /// <remarks>The mean effect is that of all parameters together. With so many rows Akaike's criterion, divided by
    /// that effect, is Takeuchi's (1976): 2 p times the effect is what -2 ln L of dependent rows costs.</remarks>
    public double? EffectiveRows =>
        Independent ? Points
        : Joint([this]) is var (mean, _) ? Math.Min(Points, Points / mean)
        : null;

    /// <summary>Whether every run has one row, so that there is no effect.</summary>
    public bool Independent { get; }

    /// <summary>Whether there are runs enough to tell the effect.</summary>
    public bool Known { get; }

    public static DesignEffect Measure(ParametricFit fit) => Measure(fit, null);

    /// <summary>The effect on the likelihood ratio of a special case against a larger form, fitted to the same
    /// rows.</summary>
    /// <remarks>Near the optimum that ratio is a sum of squares along those directions of the larger form's parameters
    /// that are orthogonal, by its curvature, to all that moves the special case's predictions. Other directions may
    /// have quite another effect: rows of one run tell D apart better than N.</remarks>
    public static DesignEffect OfTest(ParametricFit special, ParametricFit larger) => Measure(larger, special);

    private static DesignEffect Measure(ParametricFit fit, ParametricFit? special)
    {
        var problem = fit.Problem;
        var clusters = problem.Points.Select((o, i) => (o.Cluster, Row: i)).GroupBy(c => c.Cluster).ToList();
        var free = Free(fit);
        var independent = clusters.Count == problem.Points.Count;
        if (!independent && clusters.Count < RunsPerParameter * free.Length)
            return new(problem.Points.Count, false, false, free, new double[0, 0], new double[0, 0], []);

        var points = problem.Parts(fit.P);
        double[] Score(int row) => Array.ConvertAll(free, k => points[row].Slope * points[row].Derivatives[k]);
        var whole = new double[free.Length, free.Length];
        void AddCurvature(double[,] to, int row)
        {
            for (var j = 0; j < free.Length; j++)
            for (var k = 0; k < free.Length; k++)
                to[j, k] += points[row].Square * points[row].Derivatives[free[j]] * points[row].Derivatives[free[k]];
        }
        for (var row = 0; row < points.Length; row++)
            AddCurvature(whole, row);
        var whitening = SmallMatrix.Cholesky(whole);
        var directions = special is null ? null : Beyond(special, points, free, whitening);
        // A larger form that ends at its bound is no larger there.
        if (directions is { Length: 0 })
            return new(problem.Points.Count, true, true, [], new double[0, 0], new double[0, 0], []);
        var size = directions?.Length ?? free.Length;
        var (rows, runs) = (new double[size, size], new double[size, size]);
        var diagonals = new List<(double[] Rows, double[] Runs)>();
        foreach (var cluster in clusters)
        {
            var own = new double[free.Length, free.Length];
            foreach (var (_, row) in cluster)
                AddCurvature(own, row);
            // In whitened coordinates the whole curvature is the unit matrix.
            var rest = SmallMatrix.Whiten(whitening, own);
            for (var j = 0; j < free.Length; j++)
            for (var k = 0; k < free.Length; k++)
                rest[j, k] = (j == k ? 1 : 0) - rest[j, k];
            var factor = SmallMatrix.Cholesky(rest);
            var (moved, squares) = (new double[size], new double[size]);
            foreach (var (_, row) in cluster)
            {
                var step = SmallMatrix.Solve(factor, SmallMatrix.SolveLower(whitening, Score(row)));
                var part = directions is null
                    ? SmallMatrix.SolveTransposed(whitening, step)
                    : Array.ConvertAll(directions, d => d.Zip(step, (a, b) => a * b).Sum());
                AddSquare(rows, part);
                for (var k = 0; k < size; k++)
                {
                    moved[k] += part[k];
                    squares[k] += part[k] * part[k];
                }
            }
            AddSquare(runs, moved);
            diagonals.Add((squares, Array.ConvertAll(moved, m => m * m)));
        }
        return new(
            problem.Points.Count,
            independent,
            true,
            directions is null ? free : [.. Enumerable.Range(0, size)],
            rows,
            runs,
            diagonals
        );
    }

    /// <summary>The divisor of twice the log-likelihood that is lost by holding parameter <paramref name="k"/>. 1 where
    /// rows are independent or the parameter is at its bound, NaN where the effect is not known, or too uncertain for
    /// an interval.</summary>
    public double ForParameter(int k)
    {
        var at = Array.IndexOf(free, k);
        if (Independent || at < 0)
            return 1;
        if (!Known)
            return double.NaN;
        var effect = Ratio(k);
        return Math.Sqrt(Variance(at, effect)) <= Certain * effect ? effect : double.NaN;
    }

    /// <summary>The effect on one parameter that is free, certain or not.</summary>
    public double Ratio(int k)
    {
        var at = Array.IndexOf(free, k);
        return runs[at, at] / rows[at, at];
    }

    /// <summary>Judges twice a log-likelihood gained by freeing <paramref name="constraints"/> parameters.</summary>
    /// <param name="others">Effects of further fits, to other data, with the same parameters.</param>
    public LikelihoodTest Test(double ratio, int constraints, params ReadOnlySpan<DesignEffect> others) =>
        Test(ratio, constraints, 0, others);

    /// <summary>The same where the simpler law holds some parameters at their bounds.</summary>
    internal LikelihoodTest Test(double ratio, int constraints, int atBound, ReadOnlySpan<DesignEffect> others)
    {
        DesignEffect[] all = [this, .. others];
        return Array.TrueForAll(all, e => e.Independent) ? new(ratio, Likelihood.PValue(ratio, constraints, atBound))
            : Joint(all) is var (mean, variance)
                ? new(ratio / mean, Likelihood.PValue(ratio / mean, constraints, atBound, variance))
            : new(null, null);
    }

    /// <summary>The parameters that are neither given nor at a bound.</summary>
    private static int[] Free(ParametricFit fit) =>
        [
            .. Enumerable
                .Range(0, fit.Problem.Dimension)
                .Where(k => fit.P[k] > fit.Problem.Bounds[k].Low && fit.P[k] < fit.Problem.Bounds[k].High),
        ];

    /// <summary>In whitened coordinates, an orthonormal basis of what moves the larger form's predictions and not the
    /// special case's.</summary>
    private static double[][] Beyond(
        ParametricFit special,
        (double Slope, double Square, double[] Derivatives)[] larger,
        int[] free,
        double[,] whitening
    )
    {
        var own = special.Problem.Parts(special.P);
        double[][] shared =
        [
            .. Free(special)
                .Select(k =>
                {
                    var sum = new double[free.Length];
                    for (var row = 0; row < own.Length; row++)
                    for (var j = 0; j < free.Length; j++)
                        sum[j] += larger[row].Square * larger[row].Derivatives[free[j]] * own[row].Derivatives[k];
                    var column = SmallMatrix.SolveLower(whitening, sum);
                    var length = Math.Sqrt(column.Sum(v => v * v));
                    return Array.ConvertAll(column, v => v / length);
                }),
        ];
        if (shared.Length >= free.Length)
            return [];
        var left = Matrix<double>.Build.DenseOfColumnArrays(shared).Svd(computeVectors: true).U;
        return [.. Enumerable.Range(shared.Length, free.Length - shared.Length).Select(k => left.Column(k).ToArray())];
    }

    /// <summary>The variance of the effect, as of a ratio of two sums over runs.</summary>
    private double Variance(int at, double effect) =>
        parts.Sum(p => Math.Pow(p.Runs[at] - effect * p.Rows[at], 2)) / Math.Pow(rows[at, at], 2);

    /// <summary>Mean and squared coefficient of variation of the effects on all combinations of the parameters that are
    /// free in every fit; null where they are not known.</summary>
    private static (double Mean, double Variance)? Joint(DesignEffect[] all)
    {
        var free = all[0].free;
        var common = Array.FindAll(free, k => Array.TrueForAll(all, e => e.free.Contains(k)));
        if (common.Length == 0 || !Array.TrueForAll(all, e => e.Known))
            return null;
        Matrix<double> Sum(Func<DesignEffect, double[,]> of) =>
            Matrix<double>.Build.Dense(
                common.Length,
                common.Length,
                (j, k) => all.Sum(e => of(e)[Array.IndexOf(e.free, common[j]), Array.IndexOf(e.free, common[k])])
            );
        var (sumRows, sumRuns) = (Sum(e => e.rows), Sum(e => e.runs));
        // Unit diagonal first: constants and exponents differ by orders of magnitude.
        var scale = sumRows.Diagonal().PointwiseSqrt();
        var divisor = scale.OuterProduct(scale);
        var whitened = SmallMatrix.Whiten(
            SmallMatrix.Cholesky(sumRows.PointwiseDivide(divisor).ToArray()),
            sumRuns.PointwiseDivide(divisor).ToArray()
        );
        var effects = SymmetricEigen.Decompose(whitened).Values;
        var mean = effects.Average();
        var variance = effects.Average(e => (e - mean) * (e - mean)) / (mean * mean);
        return double.IsFinite(mean) && mean > 0 ? (mean, variance) : null;
    }

    private static void AddSquare(double[,] sum, double[] v)
    {
        for (var j = 0; j < v.Length; j++)
        for (var k = 0; k < v.Length; k++)
            sum[j, k] += v[j] * v[k];
    }
}
