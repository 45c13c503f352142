using System.Globalization;
using LinearScaling.Cli.Reports.Comparing;
using LinearScaling.Cli.Reports.Figures;
using LinearScaling.Laws;
using LinearScaling.Laws.Links;

namespace LinearScaling.Cli.Reports.Links;

/// <summary>Metrics fitted in two steps: first the metrics, then the law of the loss beneath them.</summary>
/// <param name="surfaces">The first step's report.</param>
/// <param name="loss">The loss between the two steps.</param>
internal sealed class LinkReport(
    IReadOnlyList<TwoStep> fits,
    IReadOnlyList<Law> laws,
    ParametricReport surfaces,
    string loss,
    string convention
) : ILawReport
{
    private readonly List<(TwoStep Fit, MetricLink Link)> links =
    [
        .. fits.SelectMany(f => f.Links.Select(l => (f, l))),
    ];

    private List<(Figure, string)>? plotted;
    private List<(string, TextTable, bool)>? tables;

    public string Title =>
        links.Select(l => l.Link.Metric).Distinct().ToList() is [var metric]
            ? $"{metric} by way of {loss}"
            : $"Metrics by way of {loss}";

    public string Method =>
        $"Two steps: a law of {loss} over N and D, then a link from {loss} as measured to each metric, applied to "
        + $"{loss} as predicted (Gadre et al., arXiv 2403.08540; Bhagia et al., arXiv 2412.04403). "
        + (
            links.Count == 0
                ? ""
                : $"The link is {links[0].Link.Form.Name}, {links[0].Link.Form.Equation}, x being {loss}, minimising "
                    + $"{links[0].Link.Fit.Problem.Loss.Description}. "
        )
        + "Intervals are 95 %, from one bootstrap of runs for both steps: each draw refits both to the same runs. They "
        + "are those of the mean, not of one more run. First step: "
        + surfaces.Method;

    public IReadOnlyList<Law> Laws => laws;

    public IReadOnlyList<NamedCaution> Cautions =>
        [
            .. NamedCaution.Join(
                links.SelectMany(l => l.Link.Cautions.Select(c => ($"{l.Fit.Surface.Name} {l.Link.Metric}", c)))
            ),
            .. surfaces.Cautions,
        ];

    public IReadOnlyList<(string Heading, TextTable Table, bool Brief)> Tables =>
        tables ??= [
            ("Metrics", Metrics(), true),
            ("Held out: the top half-decade of compute", HeldOut(), true),
            ("Links", Coefficients(), links.Count == 1),
            .. surfaces.Tables.Select((t, i) => ($"{loss}: {t.Heading}", t.Table, t.Brief && i == 0)),
        ];

    public IReadOnlyList<(Figure Figure, string Caption)> Plots =>
        plotted ??= [.. LinkPlots.Draw(fits, loss, convention), .. surfaces.Plots];

    private TextTable Metrics()
    {
        var table = new TextTable(
            "law",
            "metric",
            "points",
            "R^2 of link",
            "at C",
            $"{loss} predicted",
            "metric",
            "95 %",
            "at 10 C",
            "95 %"
        );
        foreach (var (f, link) in links)
        {
            var most = f.Surface.Fit.Problem.Points.Max(o => o.C);
            var (now, later) = (f.Optimal(link, most), f.Optimal(link, 10 * most));
            table.Add(
                f.Surface.Name,
                link.Metric,
                Count(link.Fit.Problem.Points.Count),
                Numbers.Fixed(link.Fit.RSquared, 3),
                Numbers.Short(most),
                Numbers.Fixed(
                    Allocation.Optimize(f.Surface.Fit.Form, f.Surface.Fit.Coefficients, most, f.Surface.Rule).Loss
                ),
                Numbers.Short(now.Value),
                Numbers.ShortSpan(now.Interval),
                Numbers.Short(later.Value),
                Numbers.ShortSpan(later.Interval)
            );
        }
        return table;
    }

    private TextTable HeldOut()
    {
        var table = new TextTable(
            "law",
            "metric",
            "points",
            "predicted up to C times",
            $"mean error of {loss}",
            "of the link",
            "of both",
            "mean size",
            "worst"
        );
        foreach (var (f, link) in links)
            if (link.HeldOut is { } held)
                table.Add(
                    f.Surface.Name,
                    link.Metric,
                    Count(held.Metric.Points),
                    Numbers.Fixed(held.Reach, 2),
                    RollingTables.Error(held.Loss, e => e.Mean),
                    RollingTables.Error(held.Link, e => e.Mean),
                    RollingTables.Error(held.Metric, e => e.Mean),
                    RollingTables.Size(held.Metric, e => e.MeanSize),
                    RollingTables.Error(held.Metric, e => e.Worst)
                );
        return table;
    }

    private TextTable Coefficients()
    {
        var table = new TextTable("law", "metric", "coefficient", "value", "std. error", "95 %", "meaning");
        foreach (var (f, link) in links)
        foreach (var (q, k) in link.Form.Parameters.Select((q, k) => (q, k)))
            table.Add(
                f.Surface.Name,
                link.Metric,
                q.Name,
                Numbers.Digits(link.Fit.Coefficients[k]),
                link.Draws.Count > 1 && link.Bootstrap.StandardError(k) is var error && double.IsFinite(error)
                    ? Numbers.Short(error)
                    : "-",
                Numbers.ShortSpan(link.Bootstrap.Interval(k)),
                q.Meaning
            );
        return table;
    }

    private static string Count(int n) => n.ToString(CultureInfo.InvariantCulture);
}
