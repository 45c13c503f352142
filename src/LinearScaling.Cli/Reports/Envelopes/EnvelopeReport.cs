using System.Globalization;
using LinearScaling.Cli.Reports.Figures;
using LinearScaling.Laws;
using LinearScaling.Laws.Envelopes;
using LinearScaling.Laws.Points;

namespace LinearScaling.Cli.Reports.Envelopes;

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
        + $"{ComputeOrigin.Words(convention)}; 1 PF-day = 8.64e19 FLOPs. {Intervals}";

    private string Intervals =>
        fits.Max(f => f.LossDraws.Count) is > 0 and var draws
            ? $"Intervals are 95 %, from {draws} bootstrap draws that move each run as a whole."
            : "A single size has no intervals.";

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

    private TextTable Exponents()
    {
        var table = new TextTable(
            "architecture",
            "sizes",
            "decades",
            "alpha of L",
            "95 %",
            "up to C",
            "L there",
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
                Numbers.Short(f.Envelope.Points[^1].Flops),
                Numbers.Fixed(f.Loss.At(f.Envelope.Points[^1].Flops)),
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
                    Reach.PfDays(law, FittedRange.Ends(f.Envelope.Points.Select(p => p.Flops))),
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

    public IReadOnlyList<NamedCaution> Cautions =>
        NamedCaution.Join(fits.SelectMany(f => f.Cautions.Select(c => (f.Architecture, c))));

    private TextTable Crossings() =>
        Reach.Crossings(fits, Crossing.Find, f => (f.Envelope.Points[0].Flops, f.Envelope.Points[^1].Flops));

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

    public IReadOnlyList<(Figure Figure, string Caption)> Plots =>
        plotted ??= [.. new EnvelopePlots(fits, overlays, metric, ComputeOrigin.Axis(convention), sizes).Draw()];
}
