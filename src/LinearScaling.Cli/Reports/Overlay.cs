using LinearScaling.Cli.Reports.Figures;
using LinearScaling.Laws;

namespace LinearScaling.Cli.Reports;

/// <summary>Published laws as dashed lines from black to grey behind one's own.</summary>
internal static class Overlay
{
    private const int Lightest = 0xa8;

    /// <param name="value">What is plotted of a law at a compute; NaN where it says nothing.</param>
    public static IEnumerable<Series> Draw(
        IReadOnlyList<Law> published,
        double from,
        double to,
        Func<Law, double, double> value
    ) =>
        published
            .Select(
                (law, i) =>
                    new Series(
                        law.Name,
                        Shade(i, published.Count),
                        Stroke.Dashed,
                        Mark.None,
                        [.. Grid(from, to, 25).Select(c => (c, value(law, c))).Where(p => double.IsFinite(p.Item2))]
                    )
            )
            .Where(s => s.Points.Count > 1);

    public static IEnumerable<double> Grid(double from, double to, int count) =>
        Enumerable.Range(0, count).Select(i => from * Math.Pow(to / from, (double)i / (count - 1)));

    public static double NOpt(Law law, double flops) =>
        law.NOpt is { } n ? n.At(flops)
        : law.Variable == "N, D" ? law.Optimal(flops).N
        : double.NaN;

    public static double DOpt(Law law, double flops) =>
        law.DOpt is { } d ? d.At(flops)
        : law.Variable == "N, D" ? law.Optimal(flops).D
        : double.NaN;

    private static string Shade(int i, int count)
    {
        var grey = count < 2 ? 0 : i * Lightest / (count - 1);
        return $"#{grey:x2}{grey:x2}{grey:x2}";
    }
}
