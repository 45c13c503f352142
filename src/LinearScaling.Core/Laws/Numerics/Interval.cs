using MathNet.Numerics.Distributions;

namespace LinearScaling.Laws.Numerics;

/// <summary>A two-sided confidence interval of 95 %, unless its place says otherwise.</summary>
public sealed record Interval(double Low, double High)
{
    /// <summary>The 97.5 % quantile of the normal distribution.</summary>
    internal const double Normal95 = 1.959963984540054;

    public bool Contains(double value) => value >= Low && value <= High;

    /// <summary>The interval, as far as it takes to hold a value.</summary>
    internal Interval Including(double value) => new(Math.Min(Low, value), Math.Max(High, value));

    /// <summary>The percentile interval of bootstrap draws, or null with fewer than 20 of them.</summary>
    public static Interval? Percentile(IEnumerable<double> draws, double level = 0.95)
    {
        var sorted = draws.Where(double.IsFinite).Order().ToArray();
        return sorted.Length < 20 ? null : new(Quantile(sorted, (1 - level) / 2), Quantile(sorted, (1 + level) / 2));
    }

    /// <summary>Student's 97.5 % quantile over the normal one: errors drawn so much wider give intervals that hold
    /// where their variance was estimated from few degrees of freedom, 1 at least.</summary>
    internal static double Widening(double freedom) => StudentT.InvCDF(0, 1, Math.Max(1, freedom), 0.975) / Normal95;

    /// <summary>Linear interpolation between order statistics (type 7, the default of R and NumPy).</summary>
    public static double Quantile(ReadOnlySpan<double> sorted, double probability)
    {
        var position = probability * (sorted.Length - 1);
        var below = (int)position;
        return below + 1 < sorted.Length
            ? sorted[below] + (position - below) * (sorted[below + 1] - sorted[below])
            : sorted[below];
    }
}
