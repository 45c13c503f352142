using LinearScaling.Laws.Numerics;
using LinearScaling.Laws.Points;

namespace LinearScaling.Laws;

/// <summary>Between what a law's points lie.</summary>
/// <param name="N">Parameters; null where points have none.</param>
/// <param name="D">Tokens; null where points have none.</param>
/// <param name="C">Training FLOPs; null where points have none.</param>
public sealed record FittedRange(Interval? N, Interval? D, Interval? C)
{
    /// <summary>So many decades beyond its points a law's value is no prediction any more.</summary>
    public const double MostDecades = 2;

    public static FittedRange Span(IEnumerable<Observation> points)
    {
        var all = points.ToList();
        return new(Ends(all.Select(o => o.N)), Ends(all.Select(o => o.D)), Ends(all.Select(o => o.C)));
    }

    /// <summary>The least and the largest of the positive, finite values; null where there are none.</summary>
    public static Interval? Ends(IEnumerable<double> values)
    {
        var known = values.Where(v => v > 0 && double.IsFinite(v)).ToList();
        return known.Count == 0 ? null : new(known.Min(), known.Max());
    }

    /// <summary>How many decades a value lies outside a range: 0 within it, and where nothing is known.</summary>
    public static double DecadesOutside(Interval? range, double value) =>
        range is null || double.IsNaN(value) ? 0
        : value > range.High ? Math.Log10(value / range.High)
        : value < range.Low ? Math.Log10(range.Low / Math.Max(0, value))
        : 0;

    /// <summary>Whether a value lies no more than two decades outside a range.</summary>
    public static bool Near(Interval? range, double value) => DecadesOutside(range, value) <= MostDecades + 1e-9;

    /// <summary>Which of N, D and C lie more than two decades outside, each with its value and the range.</summary>
    public IEnumerable<(string Name, double Value, Interval Range)> Outside(double n, double d, double flops) =>
        new[] { ("N", n, N), ("D", d, D), ("C", flops, C) }
            .Where(q => !Near(q.Item3, q.Item2))
            .Select(q => (q.Item1, q.Item2, q.Item3!));
}
