using LinearScaling.Laws.Numerics;

namespace LinearScaling.Laws.Parametric;

/// <summary>How far a fit's points lie from it.</summary>
/// <param name="Log">Whether it is that of ln y; otherwise that of y, in the metric's unit.</param>
/// <param name="Value">A standard deviation, for as many degrees of freedom as the points leave.</param>
public sealed record ResidualScatter(bool Log, double Value)
{
    /// <summary>The standard deviation of normal errors over the median of their sizes.</summary>
    internal const double NormalOverMedian = 1.482602218505602;

    /// <summary>The scatter of a fit; null where there are no more points than parameters.</summary>
    /// <remarks>Where Huber's loss discounts far points, so does this: the median of the residuals' sizes, which is
    /// 0.6745 standard deviations of normal ones, in place of their root mean square.</remarks>
    public static ResidualScatter? Measure(ParametricFit fit)
    {
        var (points, parameters) = (fit.Problem.Points.Count, fit.Problem.FreeParameters);
        if (points <= parameters)
            return null;
        var sizes = Array.ConvertAll(fit.Problem.Residuals(fit.P), Math.Abs);
        Array.Sort(sizes);
        var spread = fit.Problem.Loss.Delta is null
            ? Math.Sqrt(sizes.Sum(r => r * r) / points)
            : NormalOverMedian * Interval.Quantile(sizes, 0.5);
        return new(fit.Problem.Loss.Log, spread * Math.Sqrt(points / (double)(points - parameters)));
    }
}
