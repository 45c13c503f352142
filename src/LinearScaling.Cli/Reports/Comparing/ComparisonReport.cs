using System.Globalization;
using LinearScaling.Cli.Reports.Figures;
using LinearScaling.Laws;
using LinearScaling.Laws.Comparing;
using LinearScaling.Laws.Forms;
using LinearScaling.Laws.Numerics;

namespace LinearScaling.Cli.Reports.Comparing;

/// <summary>Several forms of the same rows: how they compare, then what each has to say.</summary>
/// <param name="comparisons">One a group.</param>
/// <param name="reports">One a form.</param>
internal sealed class ComparisonReport(
    IReadOnlyList<FormComparison> comparisons,
    IReadOnlyList<LawForm> forms,
    IReadOnlyList<ILawReport> reports,
    string metric
) : ILawReport
{
    private readonly List<(string Name, RollingHoldOut Rolling)> rolling =
    [
        .. comparisons.Where(c => c.Rolling is not null).Select(c => (c.Name, c.Rolling!)),
    ];

    public string Title => $"{string.Join(", ", forms.Select(f => f.Name))}: laws of {metric} compared";

    public string Method =>
        $"All forms are fitted to the same rows and minimise the same loss, {comparisons[0].Loss.Description}: without "
        + "that their objectives could not be compared. AIC = -2 ln L + 2 p and BIC = -2 ln L + p ln n, with "
        + "-2 ln L = 2 n min over s of [ln z(s) + objective / (m s)]: the likelihood of residuals with density "
        + "exp(-loss / s) / z(s), m points that tell as much as n independent ones (as many as there are runs, where "
        + "those are too few to say), p the form's fitted parameters and s. Differences below 2 say nothing; from 10 "
        + "on they say much. Where one form is a special case of another, the likelihood ratio is -2 ln L of the one "
        + "less that of the other, divided by how much more the residuals scatter than that density and by how much "
        + "more runs scatter than their rows would, and p its probability if the special case were true. "
        + string.Join(" ", reports.Select((r, k) => $"{forms[k].Name}: {r.Method}"));

    public IReadOnlyList<Law> Laws => [.. reports.SelectMany(r => r.Laws)];

    public IReadOnlyList<NamedCaution> Cautions =>
        NamedCaution.Join([
            .. comparisons.SelectMany(c => c.Cautions.Select(w => (c.Name, w))),
            .. reports
                .SelectMany((r, k) => r.Cautions.Select(c => (Form: forms[k].Name, Of: c)))
                .GroupBy(c => c.Of)
                .SelectMany(g =>
                    g.Count() == forms.Count
                        ? [(g.Key.Who, g.Key.Caution)]
                        : g.Select(c => (Join(c.Form, c.Of.Who), c.Of.Caution))
                ),
        ]);

    public IReadOnlyList<(string Heading, TextTable Table, bool Brief)> Tables =>
        [
            ("Forms compared", Scores(), true),
            ("Special cases", Nested(), true),
            (RollingTables.Heading, RollingTables.Tabulate(rolling), false),
            .. reports.SelectMany(
                (r, k) => r.Tables.Select((t, i) => ($"{forms[k].Name}: {t.Heading}", t.Table, t.Brief && i == 0))
            ),
        ];

    public IReadOnlyList<(Figure Figure, string Caption)> Plots =>
        [
            .. RollingTables.Draw(rolling),
            .. reports.SelectMany(
                (r, k) =>
                    r.Plots.Select(p =>
                        (
                            p.Figure with
                            {
                                Name = Path.Combine(forms[k].Name, p.Figure.Name),
                                Title = $"{forms[k].Name}: {p.Figure.Title}",
                            },
                            p.Caption
                        )
                    )
            ),
        ];

    private static string Join(string form, string who) => who.Length == 0 ? form : $"{form}: {who}";

    private TextTable Scores()
    {
        var table = new TextTable(
            "law",
            "form",
            "parameters",
            "points",
            "independent",
            "objective",
            "R^2",
            "AIC",
            "above least",
            "BIC",
            "above least",
            "top half-decade",
            "next steps"
        );
        foreach (var c in comparisons)
        {
            var (aic, bic) = (c.Scores.Min(s => s.Criteria.Aic), c.Scores.Min(s => s.Criteria.Bic));
            foreach (var (s, k) in c.Scores.Select((s, k) => (s, k)))
                table.Add(
                    c.Name,
                    s.Form.Name,
                    Count(s.Parameters),
                    Count(c.Points),
                    Numbers.Fixed(c.Rows, 0),
                    s.Objective.ToString("G8", CultureInfo.InvariantCulture),
                    Numbers.Fixed(s.RSquared, 5),
                    Criterion(s.Criteria.Aic),
                    Criterion(s.Criteria.Aic - aic),
                    Criterion(s.Criteria.Bic),
                    Criterion(s.Criteria.Bic - bic),
                    s.HeldOut is { } held ? Numbers.Percent(held.MeanError) : "-",
                    NextSteps(c, k)
                );
        }
        return table;
    }

    private TextTable Nested()
    {
        var table = new TextTable("law", "form", "is within", "constraints", "likelihood ratio", "p");
        foreach (var c in comparisons)
        foreach (var t in c.Nested)
            table.Add(
                c.Name,
                t.Form,
                t.Within,
                Count(t.Constraints) + (t.AtBound > 0 ? $", {t.AtBound} at a bound" : ""),
                t.Ratio is { } ratio && double.IsFinite(ratio) ? Numbers.Fixed(ratio, 2) : "-",
                t is { Ratio: { } finite, PValue: { } p } && double.IsFinite(finite) ? Numbers.Probability(p) : "-"
            );
        return table;
    }

    /// <summary>The size of a form's errors at a typical step: the median over those that every form can be fitted
    /// at, since one early fit gone astray would outweigh all others in a mean.</summary>
    private static string NextSteps(FormComparison comparison, int form)
    {
        var steps = comparison.Rolling?.Steps.Where(s => s.Errors.All(e => e is not null)).ToList() ?? [];
        double[] sizes = [.. steps.Select(s => s.Errors[form]!.MeanSize).Order()];
        return steps.Count == 0 ? "-" : RollingTables.Size(steps[0].Errors[form], _ => Interval.Quantile(sizes, 0.5));
    }

    private static string Criterion(double value) => double.IsFinite(value) ? Numbers.Fixed(value, 2) : "-";

    private static string Count(int n) => n.ToString(CultureInfo.InvariantCulture);
}
