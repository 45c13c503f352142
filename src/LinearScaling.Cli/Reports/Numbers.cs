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
        (100 * fraction).ToString("+0.00;-0.00", CultureInfo.InvariantCulture) + "%";

    public static string Span(Interval? interval, int digits = 4) =>
        interval is null ? "-" : $"[{Fixed(interval.Low, digits)}, {Fixed(interval.High, digits)}]";

    public static string ShortSpan(Interval? interval) =>
        interval is null ? "-" : $"[{Short(interval.Low)}, {Short(interval.High)}]";

    private static string? Endless(double value) =>
        double.IsPositiveInfinity(value) ? "∞"
        : double.IsNegativeInfinity(value) ? "-∞"
        : null;
}
