using System.Globalization;

namespace LinearScaling.Cli.Progress;

/// <summary>Numbers in the units a person reads them in.</summary>
internal static class Units
{
    /// <summary>1.23 k, 4.5 M, 300 B: three digits and a decimal prefix.</summary>
    public static string Count(double value) => Scaled(value, 1000, ["", " k", " M", " B", " T"]);

    public static string Bytes(double value) => Scaled(value, 1000, [" B", " kB", " MB", " GB", " TB"]);

    /// <summary>The two largest units: 45 s, 3 min 20 s, 2 h 5 min, 4 d 3 h, 12.3 years.</summary>
    public static string Duration(double seconds)
    {
        if (!double.IsFinite(seconds))
            return "unknown";
        if (seconds >= 365.25 * 86400)
            return string.Create(CultureInfo.InvariantCulture, $"{seconds / (365.25 * 86400):F1} years");
        var whole = (long)Math.Round(seconds);
        return whole switch
        {
            < 60 => $"{whole} s",
            < 3600 => $"{whole / 60} min {whole % 60} s",
            < 86400 => $"{whole / 3600} h {whole % 3600 / 60} min",
            _ => $"{whole / 86400} d {whole % 86400 / 3600} h",
        };
    }

    private static string Scaled(double value, double step, string[] units)
    {
        var unit = 0;
        while (Math.Abs(value) >= step && unit < units.Length - 1)
        {
            value /= step;
            unit++;
        }
        var digits =
            Math.Abs(value) >= 100 || unit == 0 ? "F0"
            : Math.Abs(value) >= 10 ? "F1"
            : "F2";
        return value.ToString(digits, CultureInfo.InvariantCulture) + units[unit];
    }
}
