using System.Globalization;
using LinearScaling.Laws;
using LinearScaling.Laws.Envelopes;
using LinearScaling.Laws.Points;

namespace LinearScaling.Cli.Reports;

/// <summary>Tables and plots of approach-1 fits, one family a row.</summary>
internal sealed class EnvelopeReport(
    IReadOnlyList<EnvelopeFit> fits,
    IReadOnlyList<Law> laws,
    IReadOnlyList<Law> overlays,
    string metric,
    string convention,
    string sizes = "non-embedding parameters"
) : ILawReport
{
    public string Title => $"Scaling laws of {metric}";

    public string Method =>
        $"L(C) = beta C^alpha over the compute envelope (approach 1), without an irreducible term, as in arXiv "
        + $"2406.16690; N_opt and D_opt where one size hands over to the next. "
        + $"{ComputeOrigin.Words(convention)}; 1 PF-day = 8.64e19 FLOPs. Intervals are 95 %, from "
        + $"{fits[0].LossDraws.Count} bootstrap draws that move each run as a whole.";

    public IReadOnlyList<Law> Laws => laws;

    public IReadOnlyList<(string Heading, TextTable Table, bool Brief)> Tables =>
        [
            ("Laws", Exponents(), true),
            ("Coefficients", Coefficients(), false),
            ("Which size is best where", BestSizes(), true),
            ("Crossings", Crossings(), true),
            ("Extrapolation", Extrapolations(), true),
        ];

    private List<(Figure Figure, string Caption)>? plotted;
    private string Compute => ComputeOrigin.Axis(convention);

    private TextTable Exponents()
    {
        var table = new TextTable(
            "architecture",
            "sizes",
            "decades",
            "alpha of L",
            "95 %",
            "L at 1 PF-day",
            "R^2",
            "a of N_opt",
            "95 %",
            "b of D_opt",
            "95 %",
            "a + b"
        );
        foreach (var f in fits)
            table.Add(
                f.Architecture,
                f.Curves.Select(c => c.N).Distinct().Count().ToString(CultureInfo.InvariantCulture),
                Numbers.Fixed(f.Envelope.Decades, 1),
                Numbers.Fixed(f.Loss.Exponent),
                Numbers.Span(f.Loss.ExponentInterval),
                Numbers.Short(f.Loss.CoefficientPfDays),
                f.Loss.RSquared is { } r ? Numbers.Fixed(r) : "-",
                f.NOpt is null ? "-" : Numbers.Fixed(f.NOpt.Exponent, 3),
                Numbers.Span(f.NOpt?.ExponentInterval, 3),
                f.DOpt is null ? "-" : Numbers.Fixed(f.DOpt.Exponent, 3),
                Numbers.Span(f.DOpt?.ExponentInterval, 3),
                f.ExponentSum is { } s ? Numbers.Fixed(s, 3) : "-"
            );
        return table;
    }

    private TextTable Coefficients()
    {
        var table = new TextTable("architecture", "law", "C in FLOPs", "95 %", "C in PF-days", "exponent", "points");
        foreach (var f in fits)
        foreach (var (name, law) in new[] { ("L(C)", f.Loss), ("N_opt(C)", f.NOpt), ("D_opt(C)", f.DOpt) })
            if (law is not null)
                table.Add(
                    f.Architecture,
                    name,
                    Numbers.Short(law.Coefficient),
                    Numbers.ShortSpan(law.CoefficientInterval),
                    Numbers.Short(law.CoefficientPfDays),
                    Numbers.Fixed(law.Exponent),
                    law.Points.ToString(CultureInfo.InvariantCulture)
                );
        return table;
    }

    private TextTable BestSizes()
    {
        var table = new TextTable(
            "architecture",
            "best size",
            "N",
            "from C",
            "to C",
            "from PF-days",
            "to PF-days",
            "ends because"
        );
        foreach (var f in fits)
        foreach (var s in f.Envelope.Sizes)
            table.Add(
                f.Architecture,
                s.Size,
                Numbers.Short(s.N),
                Numbers.Short(s.FromFlops),
                Numbers.Short(s.ToFlops),
                Numbers.Short(s.FromFlops / ComputeLaw.PfDay),
                Numbers.Short(s.ToFlops / ComputeLaw.PfDay),
                s == f.Envelope.Sizes[^1] ? "no larger size"
                    : s.LimitedByEnd ? "its runs end"
                    : "the next size is better"
            );
        return table;
    }

    public IReadOnlyList<string> Cautions =>
        [
            .. fits.SelectMany(f => f.Cautions.Select(c => (f.Architecture, c.Text)))
                .GroupBy(c => c.Text)
                .Select(g => $"{string.Join(", ", g.Select(c => c.Architecture))}: {g.Key}"),
        ];

    private TextTable Crossings()
    {
        var table = new TextTable("crossing", "at C", "PF-days", "95 %", "draws that cross");
        for (var i = 0; i < fits.Count; i++)
        for (var j = i + 1; j < fits.Count; j++)
            if (Crossing.Find(fits[i], fits[j]) is { Flops: { } flops } c)
                table.Add(
                    $"{c.First} and {c.Second}",
                    Numbers.Short(flops),
                    Numbers.Short(flops / ComputeLaw.PfDay),
                    Numbers.ShortSpan(c.Interval),
                    $"{100 * c.Share:F0}%"
                );
        return table;
    }

    private TextTable Extrapolations()
    {
        var table = new TextTable(
            "architecture",
            "fitted without",
            "predicted up to C times",
            "mean error",
            "worst error"
        );
        foreach (var f in fits)
        foreach (
            var (without, result) in new[]
            {
                ("the top half-decade", f.Extrapolation),
                ($"size {f.Curves.MaxBy(c => c.N)!.Size}", f.LargestSize),
            }
        )
            if (result is { } e)
                table.Add(
                    f.Architecture,
                    without,
                    Numbers.Fixed(e.Reach, 2),
                    Numbers.Percent(e.MeanError),
                    Numbers.Percent(e.WorstError)
                );
        return table;
    }

    private (double From, double To) Range =>
        (fits.Min(f => f.Envelope.Points[0].Flops), fits.Max(f => f.Envelope.Points[^1].Flops));

    private Figure Loss()
    {
        var series = new List<Series>();
        foreach (var (f, i) in fits.Select((f, i) => (f, i)))
        {
            var color = Palette.Color(i);
            series.AddRange(
                f.Curves.Select(c => new Series(
                    null,
                    color,
                    Stroke.Thin,
                    Mark.None,
                    [.. c.Points.Select(p => (p.Flops, p.Value))]
                ))
            );
            series.Add(
                new(
                    $"{f.Architecture} envelope",
                    color,
                    Stroke.Solid,
                    Mark.None,
                    [.. f.Envelope.Points.Select(p => (p.Flops, p.Value))]
                )
            );
            series.Add(Line($"{f.Architecture}: {Formula("L", f.Loss)}", color, f.Loss, f));
        }
        series.AddRange(Overlay.Draw(overlays, Range.From, Range.To, (law, c) => law.LossAt(c)));
        return new("loss", $"{metric} against compute", new(Compute), new(metric), series);
    }

    private Figure Optimal(
        string name,
        string title,
        string label,
        Func<EnvelopeFit, ComputeLaw?> law,
        Func<HandOver, double> value
    )
    {
        var series = new List<Series>();
        foreach (var (f, i) in fits.Select((f, i) => (f, i)))
        {
            var color = Palette.Color(i);
            series.Add(
                new(
                    $"{f.Architecture} hand-overs",
                    color,
                    Stroke.None,
                    Mark.Dot,
                    [.. f.Envelope.HandOvers.Select(h => (h.Flops, value(h)))]
                )
            );
            if (law(f) is { } fitted)
                series.Add(Line($"{f.Architecture}: {Formula(name == "n_opt" ? "N" : "D", fitted)}", color, fitted, f));
        }
        series.AddRange(Overlay.Draw(overlays, Range.From, Range.To, name == "n_opt" ? Overlay.NOpt : Overlay.DOpt));
        return new(name, title, new(Compute), new(label), series);
    }

    private Figure Residuals() =>
        new(
            "residuals",
            "Residuals of L(C) on the envelope",
            new(Compute),
            new("ln L - fitted", Log: false),
            [
                .. fits.Select(
                    (f, i) =>
                        new Series(
                            f.Architecture,
                            Palette.Color(i),
                            Stroke.Thin,
                            Mark.None,
                            [.. f.Envelope.Points.Select(p => (p.Flops, Math.Log(p.Value / f.Loss.At(p.Flops))))]
                        )
                ),
            ]
        );

    public IReadOnlyList<(Figure Figure, string Caption)> Plots => plotted ??= Drawn();

    private List<(Figure Figure, string Caption)> Drawn()
    {
        var plots = new List<(Figure, string)>
        {
            (
                Loss(),
                "Thin: each run. Solid: the envelope, the least value any run of the family reaches with that "
                    + "compute. Dashed: the fitted power law."
            ),
            (Residuals(), "A smile or a frown means that a pure power law is too simple for this range."),
        };
        if (fits.Any(f => f.Envelope.HandOvers.Count > 0))
        {
            plots.Insert(
                1,
                (
                    Optimal("n_opt", "Compute-optimal model size", $"N ({sizes})", f => f.NOpt, h => h.N),
                    "Dots: where one size hands over to the next, at the geometric mean of the two."
                )
            );
            plots.Insert(
                2,
                (
                    Optimal("d_opt", "Compute-optimal tokens", "D (tokens)", f => f.DOpt, h => h.D),
                    "The tokens that go with the sizes above."
                )
            );
        }
        return plots;
    }

    private static Series Line(string label, string color, ComputeLaw law, EnvelopeFit f)
    {
        var (from, to) = (f.Envelope.Points[0].Flops, f.Envelope.Points[^1].Flops);
        return new(label, color, Stroke.Dashed, Mark.None, [(from, law.At(from)), (to, law.At(to))]);
    }

    private static string Formula(string name, ComputeLaw law) =>
        $"{name} = {Numbers.Short(law.Coefficient)} C^{Numbers.Fixed(law.Exponent, 3)}";
}
