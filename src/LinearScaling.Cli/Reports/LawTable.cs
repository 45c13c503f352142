using System.Globalization;
using LinearScaling.Laws.Parametric;

namespace LinearScaling.Cli.Reports;

/// <summary>Laws of several groups, a row each, with what papers put into a table; no rows for one group, whose
/// coefficients stand below each other.</summary>
internal static class LawTable
{
    public static TextTable Rows(IReadOnlyList<LawAnalysis> fits)
    {
        var frontier = fits[0].NOpt is not null;
        var table = new TextTable([
            "law",
            "points",
            .. fits[0].Fit.Form.Parameters.Select(q => q.Name),
            .. frontier ? ["a of N_opt", "95 %", "b of D_opt", "95 %"] : (string[])[],
            "R^2",
        ]);
        foreach (var f in fits.Count == 1 ? [] : fits)
            table.Add([
                f.Name,
                f.Fit.Problem.Points.Count.ToString(CultureInfo.InvariantCulture),
                .. f.Fit.Coefficients.Select(Numbers.Short),
                .. f is { NOpt: { } n, DOpt: { } d }
                    ?
                    [
                        Numbers.Fixed(n.Exponent),
                        Numbers.Span(n.ExponentInterval),
                        Numbers.Fixed(d.Exponent),
                        Numbers.Span(d.ExponentInterval),
                    ]
                    : (string[])[],
                Numbers.Fixed(f.Fit.RSquared),
            ]);
        return table;
    }
}
