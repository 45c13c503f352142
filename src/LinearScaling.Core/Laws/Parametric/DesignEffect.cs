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
/// <para>A likelihood that counts every row as independent is then too sharp by that ratio: for one parameter a divisor
/// of the likelihood ratio, for several the corrections of Rao and Scott (1984), second order.</para>
/// </remarks>
public sealed class DesignEffect
{
    /// <summary>Fewer runs than this for each fitted parameter say too little of how far runs differ.</summary>
    public const int RunsPerParameter = 2;

    private readonly int[] free;

    // The jackknife's covariance of the free parameters, by rows and by runs.
    private readonly double[,] rows;
    private readonly double[,] runs;

    private DesignEffect(int points, bool independent, bool known, int[] free, double[,] rows, double[,] runs)
    {
        Points = points;
        Independent = independent;
        Known = known;
        this.free = free;
        this.rows = rows;
        this.runs = runs;
    }

    /// <summary>Rows of the fit.</summary>
    public int Points { get; }

    /// <summary>How many independent rows would tell as much; null where there are too few runs to tell.</summary>
    public double? EffectiveRows =>
        Independent ? Points
        : Joint([this]) is var (mean, _) ? Points / mean
        : null;

    /// <summary>Whether every run has one row, so that there is no effect.</summary>
    public bool Independent { get; }

    /// <summary>Whether there are runs enough to tell the effect.</summary>
    public bool Known { get; }

    public static DesignEffect Measure(ParametricFit fit)
    {
        var problem = fit.Problem;
        var clusters = problem.Points.Select((o, i) => (o.Cluster, Row: i)).GroupBy(c => c.Cluster).ToList();
        int[] free =
        [
            .. Enumerable
                .Range(0, problem.Dimension)
                .Where(k => fit.P[k] > problem.Bounds[k].Low && fit.P[k] < problem.Bounds[k].High),
        ];
        var independent = clusters.Count == problem.Points.Count;
        var (rows, runs) = (new double[free.Length, free.Length], new double[free.Length, free.Length]);
        if (!independent && clusters.Count < RunsPerParameter * free.Length)
            return new(problem.Points.Count, false, false, free, rows, runs);

        var parts = problem.Parts(fit.P);
        double[] Score(int row) => Array.ConvertAll(free, k => parts[row].Slope * parts[row].Derivatives[k]);
        var whole = new double[free.Length, free.Length];
        void AddCurvature(double[,] to, int row)
        {
            for (var j = 0; j < free.Length; j++)
            for (var k = 0; k < free.Length; k++)
                to[j, k] += parts[row].Square * parts[row].Derivatives[free[j]] * parts[row].Derivatives[free[k]];
        }
        for (var row = 0; row < parts.Length; row++)
            AddCurvature(whole, row);
        var whitening = SmallMatrix.Cholesky(whole);
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
            var moved = new double[free.Length];
            foreach (var (_, row) in cluster)
            {
                var part = SmallMatrix.SolveTransposed(
                    whitening,
                    SmallMatrix.Solve(factor, SmallMatrix.SolveLower(whitening, Score(row)))
                );
                AddSquare(rows, part);
                for (var k = 0; k < moved.Length; k++)
                    moved[k] += part[k];
            }
            AddSquare(runs, moved);
        }
        return new(problem.Points.Count, independent, true, free, rows, runs);
    }

    /// <summary>The divisor of twice the log-likelihood that is lost by holding parameter <paramref name="k"/>; 1 where
    /// rows are independent or the parameter is at its bound, NaN where the effect is not known.</summary>
    public double ForParameter(int k)
    {
        var at = Array.IndexOf(free, k);
        return Independent || at < 0 ? 1 : runs[at, at] / rows[at, at];
    }

    /// <summary>Judges twice a log-likelihood gained by freeing <paramref name="constraints"/> parameters.</summary>
    /// <param name="others">Effects of further fits, to other data, with the same parameters.</param>
    public LikelihoodTest Test(double ratio, int constraints, params ReadOnlySpan<DesignEffect> others)
    {
        DesignEffect[] all = [this, .. others];
        if (Array.TrueForAll(all, e => e.Independent))
            return new(ratio, Likelihood.PValue(ratio, constraints));
        return Joint(all) is var (mean, variance)
            ? new(ratio / mean, Likelihood.PValue(ratio / mean / (1 + variance), constraints / (1 + variance)))
            : new(null, null);
    }

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
        var effects = Matrix<double>.Build.DenseOfArray(whitened).Evd(Symmetricity.Symmetric).EigenValues;
        var mean = effects.Average(e => e.Real);
        var variance = effects.Average(e => (e.Real - mean) * (e.Real - mean)) / (mean * mean);
        return double.IsFinite(mean) && mean > 0 ? (mean, variance) : null;
    }

    private static void AddSquare(double[,] sum, double[] v)
    {
        for (var j = 0; j < v.Length; j++)
        for (var k = 0; k < v.Length; k++)
            sum[j, k] += v[j] * v[k];
    }
}

/// <summary>A likelihood ratio with its probability under the simpler law; both null where too few runs say how far
/// their rows depend on each other.</summary>
/// <param name="Ratio">Twice the log-likelihood gained, by as many rows as would be independent.</param>
public sealed record LikelihoodTest(double? Ratio, double? PValue);
