using LinearScaling.Laws.Numerics;

namespace LinearScaling.Laws.Parametric;

/// <summary>Points that lie so far from a fit that they hardly belong to its scatter.</summary>
public static class Outliers
{
    /// <summary>How many median absolute deviations from the median residual a point may lie: 4 standard deviations of
    /// normal errors, which 1 point in 20,000 exceeds.</summary>
    public const double Deviations = 6;

    /// <summary>Residuals as small as this, of the metric's own size, are rounding.</summary>
    private const double Rounding = 1e-6;

    /// <returns>Their indices, the farthest first. None where points are fewer than three for each parameter: a fit
    /// then runs through so many of them that the rest seems far away.</returns>
    public static IReadOnlyList<int> Find(ParametricFit fit)
    {
        var residuals = fit.Problem.Residuals(fit.P);
        if (residuals.Length < 3 * fit.Problem.FreeParameters)
            return [];
        var middle = Median(residuals);
        var off = Array.ConvertAll(residuals, r => Math.Abs(r - middle));
        var rounding =
            Rounding * (fit.Problem.Loss.Log ? 1 : Median([.. fit.Problem.Points.Select(o => Math.Abs(o.Y))]));
        var limit = Math.Max(Deviations * Median(off), rounding);
        return [.. Enumerable.Range(0, off.Length).Where(i => off[i] > limit).OrderByDescending(i => off[i])];
    }

    private static double Median(double[] values) => Interval.Quantile([.. values.Order()], 0.5);
}
