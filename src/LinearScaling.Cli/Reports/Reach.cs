using LinearScaling.Laws;
using LinearScaling.Laws.Numerics;

namespace LinearScaling.Cli.Reports;

/// <summary>Values as far as points reach: none is printed that lies more than two decades outside them.</summary>
internal static class Reach
{
    /// <summary>A value, or where the points end if its place lies too far outside them.</summary>
    /// <param name="at">Where the value is predicted, in the range's unit.</param>
    public static string Show(string value, double at, Interval? range) =>
        FittedRange.Near(range, at) ? value
        : at > range!.High ? $"outside: fitted up to {Numbers.Short(range.High)}"
        : $"outside: fitted from {Numbers.Short(range.Low)}";

    /// <summary>A law's coefficient with C in PF-days, which is its value at one.</summary>
    public static string PfDays(ComputeLaw law, Interval? compute) =>
        Show(Numbers.Short(law.CoefficientPfDays), ComputeLaw.PfDay, compute);

    /// <summary>An interval of places; an end too far outside is left open.</summary>
    public static string Span(Interval? interval, Interval range) =>
        interval is null
            ? "-"
            : Numbers.ShortSpan(
                new(
                    FittedRange.Near(range, interval.Low) ? interval.Low : double.NegativeInfinity,
                    FittedRange.Near(range, interval.High) ? interval.High : double.PositiveInfinity
                )
            );

    /// <summary>Where laws cross, each pair a row.</summary>
    /// <param name="compute">The compute of a law's points.</param>
    public static TextTable Crossings<T>(
        IReadOnlyList<T> fits,
        Func<T, T, Crossing> find,
        Func<T, (double Low, double High)> compute
    )
    {
        var table = new TextTable("crossing", "at C", "PF-days", "95 %", "draws that cross");
        for (var i = 0; i < fits.Count; i++)
        for (var j = i + 1; j < fits.Count; j++)
        {
            var c = find(fits[i], fits[j]);
            if (c.Flops is not { } flops)
                continue;
            var (a, b) = (compute(fits[i]), compute(fits[j]));
            var range = new Interval(Math.Min(a.Low, b.Low), Math.Max(a.High, b.High));
            var near = FittedRange.Near(range, flops);
            table.Add(
                $"{c.First} and {c.Second}",
                Show(Numbers.Short(flops), flops, range),
                near ? Numbers.Short(flops / ComputeLaw.PfDay) : "-",
                near ? Span(c.Interval, range) : "-",
                c.Share is { } share ? $"{100 * share:F0}%" : "-"
            );
        }
        return table;
    }
}
