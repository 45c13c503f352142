using System.Globalization;

namespace LinearScaling.Cli.Reports.Figures;

/// <summary>The range of an axis and where its ticks stand.</summary>
/// <remarks>Positions are in plot units: log10 of the value on a logarithmic axis.</remarks>
internal sealed record AxisTicks(
    double Low,
    double High,
    IReadOnlyList<(double At, string Label)> Major,
    IReadOnlyList<double> Minor
)
{
    /// <summary>Labels without which no value can be read off.</summary>
    public const int Fewest = 3;

    private static readonly int[][] Multiples =
    [
        [1, 3],
        [1, 2, 5],
        [1, 2, 3, 5, 7],
        [1, 2, 3, 4, 5, 6, 7, 8, 9],
    ];

    private static readonly double[] Rounds = [1, 2, 5, 10, 20, 50, 100];

    /// <param name="values">What has to be seen.</param>
    /// <param name="more">What may be cut: it widens the axis by a third at most.</param>
    /// <param name="most">Labels that there is room for.</param>
    public static AxisTicks Choose(
        Axis axis,
        IEnumerable<double> values,
        IEnumerable<double>? more = null,
        int most = 9
    )
    {
        List<double> Units(IEnumerable<double> all) =>
            [.. all.Where(v => double.IsFinite(v) && (!axis.Log || v > 0)).Select(v => axis.Log ? Math.Log10(v) : v)];
        var (units, wider) = (Units(values), Units(more ?? []));
        var (low, high) = units.Count == 0 ? (0, 0) : (units.Min(), units.Max());
        var room = (high - low) / 3;
        if (wider.Count > 0)
            (low, high) = (
                Math.Min(low, Math.Max(low - room, wider.Min())),
                Math.Max(high, Math.Min(high + room, wider.Max()))
            );
        var pad =
            high - low > 1e-9 * Math.Max(Math.Abs(high), Math.Abs(low)) ? 0.04 * (high - low)
            : axis.Log ? 0.2
            : Math.Max(1e-9, Math.Abs(low) * 0.1);
        (low, high) = (low - pad, high + pad);
        return axis.Log ? Logarithmic(low, high, most) : Linear(low, high, most);
    }

    /// <summary>Decades where there are enough; else round multiples of them, the fewest that are enough; else round
    /// numbers as on a linear axis.</summary>
    private static AxisTicks Logarithmic(double low, double high, int most)
    {
        var decades = Enumerable
            .Range((int)Math.Floor(low), (int)Math.Ceiling(high) - (int)Math.Floor(low) + 1)
            .ToList();
        List<double> minor =
        [
            .. decades
                .SelectMany(k => Enumerable.Range(2, 8).Select(m => k + Math.Log10(m)))
                .Where(u => u >= low && u <= high && high - low < 12),
        ];
        for (var every = Math.Max(1, (int)Math.Ceiling((high - low) / most)); every > 0; every--)
            if (decades.FindAll(k => k >= low && k <= high && k % every == 0) is { Count: >= Fewest } found)
                return new(low, high, [.. found.Select(k => ((double)k, Power(k)))], minor);
        foreach (var multiples in Multiples)
        {
            List<double> labels =
            [
                .. decades
                    .SelectMany(k => multiples.Select(m => m * Math.Pow(10, k)))
                    .Where(v => Math.Log10(v) >= low && Math.Log10(v) <= high),
            ];
            if (labels.Count >= Fewest && labels.Count <= most + 2)
                return new(low, high, [.. labels.Select(v => (Math.Log10(v), Number(v, v)))], minor);
        }
        var linear = Linear(Math.Pow(10, low), Math.Pow(10, high), most).Major.Where(t => t.At > 0);
        return new(low, high, [.. linear.Select(t => (Math.Log10(t.At), t.Label))], minor);
    }

    private static AxisTicks Linear(double low, double high, int most)
    {
        (long First, long Last) Within(double step) =>
            ((long)Math.Ceiling(low / step - 1e-9), (long)Math.Floor(high / step + 1e-9));
        var rough = (high - low) / most;
        var unit = Math.Pow(10, Math.Floor(Math.Log10(rough)) - 1);
        List<double> steps = [.. Rounds.Select(m => m * unit)];
        var chosen = steps.FindIndex(s => s >= rough * 0.999);
        while (chosen > 0 && Within(steps[chosen]) is var (from, to) && to - from + 1 < Fewest)
            chosen--;
        var (step, (first, last)) = (steps[chosen], Within(steps[chosen]));
        return new(
            low,
            high,
            [
                .. Enumerable
                    .Range(0, (int)(last - first + 1))
                    .Select(i => ((first + i) * step, Number((first + i) * step, step))),
            ],
            []
        );
    }

    /// <summary>A number with as many digits as tell it from one a step away.</summary>
    private static string Number(double value, double step)
    {
        if (value == 0)
            return "0";
        var (exponent, last) = (Exponent(value), Exponent(step));
        if (exponent is >= -3 and < 5)
            return Math.Round(value, Math.Clamp(-last, 0, 15))
                .ToString("F" + Math.Max(0, -last), CultureInfo.InvariantCulture);
        var digits = Math.Clamp(exponent - last, 0, 12);
        var mantissa = Math.Round(value / Math.Pow(10, exponent), digits);
        return mantissa == 1
            ? Power(exponent)
            : $"{mantissa.ToString("F" + digits, CultureInfo.InvariantCulture)}×{Power(exponent)}";
    }

    private static int Exponent(double value) => (int)Math.Floor(Math.Log10(Math.Abs(value)) + 1e-9);

    private static string Power(int k) =>
        k switch
        {
            0 => "1",
            1 => "10",
            _ => "10" + RaisedDigits.Raise(k),
        };
}
