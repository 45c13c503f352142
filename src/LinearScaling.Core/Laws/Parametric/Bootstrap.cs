using LinearScaling.Laws.Forms;
using LinearScaling.Laws.Numerics;

namespace LinearScaling.Laws.Parametric;

/// <summary>Fits to resampled runs: the spread of the coefficients.</summary>
/// <param name="Draws">Coefficients of each draw, natural units.</param>
/// <param name="Failed">Draws with too few different points to fit.</param>
public sealed record Bootstrap(IReadOnlyList<double[]> Draws, int Failed)
{
    public const int DefaultDraws = 4000;

    /// <summary>Refits the law to runs drawn with replacement, as <see cref="RunResampling"/> does.</summary>
    public static Bootstrap Draw(ParametricFit fit, int draws = DefaultDraws, int seed = 0)
    {
        var results = RunResampling.Draw([fit], draws, seed);
        var done = results.Select(r => r[0]).OfType<double[]>().ToList();
        return new(done, results.Length - done.Count);
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
