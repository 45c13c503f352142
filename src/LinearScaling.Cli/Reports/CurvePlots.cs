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
        List<Series> values = [],
            residuals = [];
        foreach (var (f, i) in fits.Select((f, i) => (f, i)))
        {
            var (color, points) = (Palette.Color(i), f.Fit.Problem.Points);
            var (from, to) = (points.Min(o => o.X), points.Max(o => o.X));
            var grid = amount
                ? Overlay.Grid(from, 10 * to, 80)
                : Enumerable.Range(0, 80).Select(k => from + (to - from) * (k - 8) / 63.0);
            values.Add(new($"{f.Name}: measured", color, Stroke.None, Mark.Dot, [.. points.Select(o => (o.X, o.Y))]));
            values.Add(
                new(
                    $"{f.Name}: {f.Fit.Form.Name}",
                    color,
                    Stroke.Solid,
                    Mark.None,
                    [
                        .. grid.Select(g =>
                                (X: g, Y: f.Fit.Predict(amount ? Observation.OfCompute(g, 0) : Observation.OfX(g, 0)))
                            )
                            .Where(p => double.IsFinite(p.Y)), // a form may have no value at small x
                    ]
                )
            );
            residuals.AddRange(Residuals(f, color, o => o.X));
        }
        if (amount)
            values.AddRange(
                Overlay.Draw(
                    overlays,
                    fits.Min(f => f.Fit.Problem.Points.Min(o => o.X)),
                    10 * fits.Max(f => f.Fit.Problem.Points.Max(o => o.X)),
                    (law, c) => law.LossAt(c)
                )
            );
        var log = fits[0].Fit.Problem.Loss.Log;
        yield return (
            new("metric", $"{metric} against {(amount ? "compute" : variable)}", x, new(metric, Log: log), values),
            amount ? "The line goes one decade beyond the data." : "Each dot is a checkpoint."
        );
        yield return (
            new(
                "residuals",
                "Residuals",
                x,
                new(log ? $"ln {metric} - fitted" : $"{metric} - fitted", Log: false),
                residuals
            ),
            "Residuals should not bend. Rings, where there are any: outlying rows."
        );
    }

    /// <summary>A fit's residuals, with rings around the outlying ones.</summary>
    public static IEnumerable<Series> Residuals(LawAnalysis f, string color, Func<Observation, double> at)
    {
        (double, double)[] all = [.. f.Fit.Problem.Points.Zip(f.Fit.Problem.Residuals(f.Fit.P), (o, r) => (at(o), r))];
        yield return new(f.Name, color, Stroke.None, Mark.Dot, all);
        if (Outliers.Find(f.Fit) is { Count: > 0 } far)
            yield return new("outlying", Palette.Ink, Stroke.None, Mark.Ring, [.. far.Select(i => all[i])]);
    }
}
