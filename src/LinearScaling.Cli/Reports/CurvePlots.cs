using LinearScaling.Cli.Reports.Figures;
using LinearScaling.Laws;
using LinearScaling.Laws.Parametric;
using LinearScaling.Laws.Points;

namespace LinearScaling.Cli.Reports;

/// <summary>The plots of laws y(x): over compute, or over another metric.</summary>
internal static class CurvePlots
{
    public static IEnumerable<(Figure, string)> Draw(
        IReadOnlyList<LawAnalysis> fits,
        IReadOnlyList<Law> overlays,
        string metric,
        string variable,
        string convention
    )
    {
        var amount = variable == "C";
        var x = new Axis(amount ? ComputeOrigin.Axis(convention) : variable, Log: amount);
        var all = fits.SelectMany(f => f.Fit.Problem.Points).ToList();
        var bar = amount && fits.Count == 1 ? Measured.Bar(all.Select(o => o.N)) : null;
        var log = fits[0].Fit.Problem.Loss.Log;
        yield return (
            Grouped.Draw(
                ("metric", $"{metric} against {(amount ? "compute" : variable)}"),
                x,
                new(metric, Log: log),
                [.. fits.Select(f => f.Name)],
                (i, color) =>
                    [
                        .. Measured.Dots(fits[i].Fit.Problem.Points, color, bar, o => (o.X, o.Y)),
                        Line(fits[i], bar is null ? color : Palette.Ink, amount),
                    ],
                amount
                    ? Overlay.Draw(overlays, all.Min(o => o.X), 10 * all.Max(o => o.X), (law, c) => law.LossAt(c))
                    : null
            ) with
            {
                Bar = bar,
            },
            "Dots: the data. Line: the law" + (amount ? ", one decade beyond the data." : ".")
        );
        foreach (var residuals in ResidualPlots.Draw(fits, metric))
            yield return residuals;
    }

    private static Series Line(LawAnalysis f, string color, bool amount)
    {
        var points = f.Fit.Problem.Points;
        var (from, to) = (points.Min(o => o.X), points.Max(o => o.X));
        Observation At(double x) => amount ? Observation.OfCompute(x, 0) : Observation.OfX(x, 0);
        List<double> grid =
        [
            .. (
                amount
                    ? Overlay.Grid(from, 10 * to, 80)
                    : Enumerable.Range(0, 80).Select(k => from + (to - from) * (k - 8) / 63.0)
            ).Where(x => double.IsFinite(f.Fit.Predict(At(x)))), // a form may have no value at small x
        ];
        return new(f.Fit.Form.Name, color, Stroke.Solid, Mark.None, [.. grid.Select(x => (x, f.Fit.Predict(At(x))))])
        {
            Band = Bands.Fit(f.Fit, f.Bootstrap, grid, At),
        };
    }
}
