using LinearScaling.Laws.Forms;
using LinearScaling.Laws.Numerics;
using LinearScaling.Laws.Points;

namespace LinearScaling.Laws.Parametric;

/// <summary>Fits to resampled runs: the spread of the coefficients.</summary>
/// <param name="Draws">Coefficients of each draw, natural units.</param>
/// <param name="Failed">Draws with too few different points to fit.</param>
public sealed record Bootstrap(IReadOnlyList<double[]> Draws, int Failed)
{
    public const int DefaultDraws = 4000;

    /// <summary>
    /// Draws runs with replacement (points, where each is a run of its own), as many as there are, and fits each draw
    /// within the form's bounds from the fit's optimum. Draw i depends on (seed, i) alone, so the result does not
    /// depend on threads. Points of one run alone have no spread to draw from: no draws.
    /// </summary>
    public static Bootstrap Draw(ParametricFit fit, int draws = DefaultDraws, int seed = 0)
    {
        var clusters = fit
            .Problem.Points.GroupBy(o => o.Cluster)
            .OrderBy(g => g.Key)
            .Select(g => g.ToArray())
            .ToArray();
        if (clusters.Length < 2)
            return new([], 0);
        var needed = fit.Problem.FreeParameters;
        var different = Array.ConvertAll(clusters, c => c.DistinctBy(o => (o.N, o.D, o.X, o.Y)).Count());
        var results = new double[draws][];
        Parallel.For(
            0,
            draws,
            i =>
            {
                var random = new SeededRandom(seed, i);
                var times = new int[clusters.Length];
                for (var k = 0; k < clusters.Length; k++)
                    times[random.Index(clusters.Length)]++;
                var points = new List<Observation>(fit.Problem.Points.Count);
                var rows = 0; // a copy of a row tells nothing new
                for (var k = 0; k < clusters.Length; k++)
                    if (times[k] > 0)
                    {
                        points.AddRange(clusters[k].Select(o => o with { Weight = o.Weight * times[k] }));
                        rows += different[k];
                    }
                if (rows <= needed)
                    return;
                var problem = fit.Problem.With(points);
                results[i] = problem.Coefficients(problem.Canonical(Minimizer.Near(problem, fit.P).P));
            }
        );
        var done = results.Where(r => r is not null).ToList();
        return new(done, draws - done.Count);
    }

    public Interval? Interval(int coefficient, double level = 0.95) =>
        Numerics.Interval.Percentile(Draws.Select(d => d[coefficient]), level);

    public double StandardError(int coefficient)
    {
        var mean = Draws.Average(d => d[coefficient]);
        return Math.Sqrt(Draws.Sum(d => (d[coefficient] - mean) * (d[coefficient] - mean)) / (Draws.Count - 1));
    }

    /// <summary>Covariance of the parameters in fit space, where their distribution is nearest to normal.</summary>
    public double[][] FitCovariance(LawForm form)
    {
        var p = Draws.Select(d => form.ToFitSpace(d)).ToList();
        var n = p[0].Length;
        var means = Enumerable.Range(0, n).Select(k => p.Average(d => d[k])).ToArray();
        // A constant fixed at 0 has no logarithm, and no spread.
        double Off(double[] d, int k) => double.IsInfinity(d[k]) ? 0 : d[k] - means[k];
        return
        [
            .. Enumerable
                .Range(0, n)
                .Select(i =>
                    Enumerable.Range(0, n).Select(j => p.Sum(d => Off(d, i) * Off(d, j)) / (p.Count - 1)).ToArray()
                ),
        ];
    }
}
