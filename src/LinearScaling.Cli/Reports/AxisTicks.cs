using System.Globalization;

namespace LinearScaling.Cli.Reports;

/// <summary>The range of an axis and where its ticks stand.</summary>
/// <remarks>Positions are in plot units: log10 of the value on a logarithmic axis.</remarks>
internal sealed record AxisTicks(
    double Low,
    double High,
    IReadOnlyList<(double At, string Label)> Major,
    IReadOnlyList<double> Minor
)
{
    public static AxisTicks Choose(Axis axis, IEnumerable<double> values)
    {
        var units = values
            .Where(v => double.IsFinite(v) && (!axis.Log || v > 0))
            .Select(v => axis.Log ? Math.Log10(v) : v)
            .DefaultIfEmpty(0)
            .ToList();
        var (low, high) = (units.Min(), units.Max());
        var pad =
            high > low ? 0.04 * (high - low)
            : axis.Log ? 0.2
            : Math.Max(1e-9, Math.Abs(low) * 0.1);
        (low, high) = (low - pad, high + pad);
        return axis.Log ? Logarithmic(low, high) : Linear(low, high);
    }

    private static AxisTicks Logarithmic(double low, double high)
    {
        var minor = new List<double>();
        var decades = Enumerable
            .Range((int)Math.Floor(low), (int)Math.Ceiling(high) - (int)Math.Floor(low) + 1)
            .ToList();
        foreach (var k in decades)
            minor.AddRange(Enumerable.Range(2, 8).Select(m => k + Math.Log10(m)).Where(u => u >= low && u <= high));
        var every = Math.Max(1, (int)Math.Ceiling((high - low) / 9));
        var major = decades
            .Where(k => k >= low && k <= high && k % every == 0)
            .Select(k => ((double)k, Power(k)))
            .ToList();
        if (major.Count >= 3)
            return new(low, high, major, minor);

        // Under three decade ticks: round numbers of the values themselves.
        var (from, to) = (Math.Pow(10, low), Math.Pow(10, high));
        int[] multiples =
            high - low > 0.9 ? [1, 2, 5]
            : high - low > 0.4 ? [1, 2, 3, 4, 5, 6, 8]
            : [];
        var labels =
            multiples.Length > 0
                ? decades.SelectMany(k => multiples.Select(m => m * Math.Pow(10, k))).Where(v => v >= from && v <= to)
                : Linear(from, to).Major.Select(t => t.At).Where(v => v > 0);
        return new(low, high, [.. labels.Select(v => (Math.Log10(v), Number(v)))], minor);
    }

    private static AxisTicks Linear(double low, double high)
    {
        var rough = (high - low) / 6;
        var unit = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        var step =
            unit
            * (
                rough / unit < 1.5 ? 1
                : rough / unit < 3.5 ? 2
                : rough / unit < 7.5 ? 5
                : 10
            );
        var first = (long)Math.Ceiling(low / step);
        var last = (long)Math.Floor(high / step);
        return new(
            low,
            high,
            [
                .. Enumerable
                    .Range(0, (int)(last - first + 1))
                    .Select(i => ((first + i) * step, Number((first + i) * step))),
            ],
            []
        );
    }

    private static string Number(double value)
    {
        if (value == 0)
            return "0";
        var exponent = (int)Math.Floor(Math.Log10(Math.Abs(value)) + 1e-9);
        if (exponent is >= -3 and < 5)
            return value.ToString("0.#####", CultureInfo.InvariantCulture);
        var mantissa = Math.Round(value / Math.Pow(10, exponent), 4);
        return mantissa == 1 ? Power(exponent) : $"{mantissa.ToString(CultureInfo.InvariantCulture)}×{Power(exponent)}";
    }

    private static string Power(int k) =>
        k switch
        {
            0 => "1",
            1 => "10",
            _ => "10"
                + string.Concat(
                    k.ToString(CultureInfo.InvariantCulture).Select(c => c == '-' ? '⁻' : "⁰¹²³⁴⁵⁶⁷⁸⁹"[c - '0'])
                ),
        };
}
