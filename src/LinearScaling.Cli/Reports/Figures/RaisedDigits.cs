using System.Globalization;

namespace LinearScaling.Cli.Reports.Figures;

/// <summary>Exponents in raised digits, as in 10⁵.</summary>
internal static class RaisedDigits
{
    // In the order of the plain ones.
    private const string Plain = "-0123456789";
    private const string Raised = "⁻⁰¹²³⁴⁵⁶⁷⁸⁹";

    public static string Raise(int exponent) =>
        Swapped(exponent.ToString(CultureInfo.InvariantCulture), from: Plain, to: Raised);

    /// <summary>10⁵ as 10^5, for fonts that lack them.</summary>
    public static string Flat(string label)
    {
        var at = label.TakeWhile(c => !Raised.Contains(c, StringComparison.Ordinal)).Count();
        return at == label.Length ? label : $"{label[..at]}^{Swapped(label[at..], from: Raised, to: Plain)}";
    }

    private static string Swapped(string digits, string from, string to) =>
        string.Concat(digits.Select(c => to[from.IndexOf(c, StringComparison.Ordinal)]));
}
