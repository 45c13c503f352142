using LinearScaling.Files;
using LinearScaling.Laws.Parametric;
using LinearScaling.Laws.Scheduled;

namespace LinearScaling.Cli.Reports.Schedules;

/// <summary>The plots of a law of schedules: curves, what the others say of each, and the learning rates.</summary>
internal static class SchedulePlots
{
    private const int Places = 120;

    /// <param name="named">Whether there are several groups, so that each needs a folder.</param>
    public static IEnumerable<(Figure, string)> Draw(
        ScheduleAnalysis analysis,
        bool named,
        string metric,
        string position
    )
    {
        string Name(string figure) => named ? $"{SafeName.ForFile(analysis.Name)}/{figure}" : figure;
        string Title(string title) => named ? $"{analysis.Name}: {title}" : title;
        var x = new Axis(position, Log: false);
        var (fit, log) = (analysis.Law.Fit, analysis.Law.Fit.Problem.Loss.Log);
        var (curves, residuals) = (new List<Series>(), new List<Series>());
        foreach (var (i, c) in analysis.Curves.Index())
        {
            var color = Palette.Color(i);
            curves.Add(new(c.Run, color, Stroke.None, Mark.Dot, [.. c.Points.Select(p => (p.Position, p.Value))]));
            curves.Add(new(c.Run, color, Stroke.Solid, Mark.None, Line(fit, c, c.Points[0].Position)));
            residuals.Add(
                new(
                    c.Run,
                    color,
                    Stroke.None,
                    Mark.Dot,
                    [
                        .. c.Observations(0)
                            .Select(o =>
                                (o.Schedule!.Position, log ? o.LogY - Math.Log(fit.Predict(o)) : o.Y - fit.Predict(o))
                            ),
                    ]
                )
            );
        }
        foreach (var left in analysis.LeftOut)
        foreach (var c in left.Curves)
            curves.Add(
                new(
                    "by the other schedules",
                    Palette.Color(analysis.Curves.ToList().IndexOf(c)),
                    Stroke.Dashed,
                    Mark.None,
                    Line(left.Fit, c, c.Points[0].Position)
                )
            );
        foreach (var (i, c) in analysis.Predicted.Index())
            curves.Add(
                new(
                    $"{c.Run}: predicted",
                    Palette.Color(analysis.Curves.Count + i),
                    Stroke.Solid,
                    Mark.None,
                    Line(fit, c, Math.Max(c.Rates.WarmedUp, c.Rates.Last / 20))
                )
            );
        yield return (
            new(Name("curves"), Title($"{metric} along every run"), x, new(metric, Log: log), curves),
            "Dots are measured, lines fitted; a dashed line is what the law says that was fitted without the schedule."
        );
        yield return (
            new(
                Name("learning_rates"),
                Title("Learning rates"),
                x,
                new("learning rate", Log: false),
                [.. analysis.Curves.Concat(analysis.Predicted).Select(Rates)]
            ),
            "Before the first row of a table the rate is taken to rise from 0."
        );
        yield return (
            new(
                Name("residuals"),
                Title("Residuals"),
                x,
                new(log ? $"ln {metric} - fitted" : $"{metric} - fitted", Log: false),
                residuals
            ),
            "Residuals should not bend where the rate falls."
        );
    }

    private static Series Rates(ScheduledCurve curve, int i) =>
        new(
            curve.Run,
            Palette.Color(i),
            Stroke.Solid,
            Mark.None,
            [.. Grid(0, curve.Rates.Last).Select(p => (p, curve.Rates.Rate(p)))]
        );

    private static IReadOnlyList<(double, double)> Line(ParametricFit fit, ScheduledCurve curve, double from) =>
        [.. Grid(from, curve.Rates.Last).Select(p => (p, fit.Predict(curve.Place(p))))];

    private static IEnumerable<double> Grid(double from, double to) =>
        Enumerable.Range(0, Places + 1).Select(i => from + (to - from) * i / Places);
}
