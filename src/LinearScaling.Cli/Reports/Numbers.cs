using System.Globalization;
using LinearScaling.Laws.Numerics;

namespace LinearScaling.Cli.Reports;

/// <summary>Numbers as a reader wants them.</summary>
internal static class Numbers
{
    public static string Fixed(double value, int digits = 4) =>
        Endless(value) ?? value.ToString("F" + digits, CultureInfo.InvariantCulture);

    /// <summary>Four significant digits; an exponent where the number is very large or small.</summary>
    public static string Short(double value) =>
        Endless(value)
        ?? value.ToString(Math.Abs(value) is >= 1e-3 and < 1e4 or 0 ? "G4" : "0.###e+0", CultureInfo.InvariantCulture);

    /// <summary>Seven significant digits, for coefficients that others will compare with.</summary>
    public static string Digits(double value) => value.ToString("G7", CultureInfo.InvariantCulture);

    public static string Percent(double fraction) =>
        Math.Round(100 * fraction, 2).ToString("+0.00;-0.00;0.00", CultureInfo.InvariantCulture) + "%";

    /// <summary>A probability; below what a double can hold, a bound.</summary>
    public static string Probability(double p) => p < 1e-300 ? "< 1e-300" : Short(p);

    public static string Span(Interval? interval, int digits = 4) =>
        interval is null ? "-" : $"[{Fixed(interval.Low, digits)}, {Fixed(interval.High, digits)}]";

    /// <summary>An interval; one that is open on a side, as a profile's that the likelihood bounds on one side only, as
    /// its other end.</summary>
    public static string ShortSpan(Interval? interval) =>
        interval is null
            ? "-"
            : (double.IsFinite(interval.Low), double.IsFinite(interval.High)) switch
            {
                (true, true) => $"[{Short(interval.Low)}, {Short(interval.High)}]",
                (true, false) => $"above {Short(interval.Low)}",
                (false, true) => $"below {Short(interval.High)}",
                _ => "no bound",
            };

    private static string? Endless(double value) =>
        double.IsPositiveInfinity(value) ? "∞"
        : double.IsNegativeInfinity(value) ? "-∞"
        : null;
}
