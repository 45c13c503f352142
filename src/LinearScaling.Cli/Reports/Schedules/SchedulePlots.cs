using LinearScaling.Cli.Reports.Figures;
using LinearScaling.Files;
using LinearScaling.Laws.Scheduled;

namespace LinearScaling.Cli.Reports.Schedules;

/// <summary>The plots of a law of schedules: curves, what the others say of each, and the learning rates.</summary>
internal static class SchedulePlots
{
    private const int Places = 120,
        BandPlaces = 24,
        BandDraws = 100; // each sums over a whole schedule

    /// <param name="named">Whether there are several groups, so that each needs a folder.</param>
    public static IEnumerable<(Figure, string)> Draw(
        ScheduleAnalysis analysis,
        bool named,
        string metric,
        string position
    )
    {
        (string, string) Called(string name, string title) =>
            named ? ($"{SafeName.ForFile(analysis.Name)}/{name}", $"{analysis.Name}: {title}") : (name, title);
        var x = new Axis(position, Log: false);
        var (fit, log) = (analysis.Law.Fit, analysis.Law.Fit.Problem.Loss.Log);
        List<ScheduledCurve> all = [.. analysis.Curves, .. analysis.Predicted];
        List<string> runs = [.. all.Select(c => c.Points.Count == 0 ? $"{c.Run}: predicted" : c.Run)];
        yield return (
            Grouped.Draw(
                Called("curves", $"{metric} along every run"),
                x,
                new(metric, Log: log),
                runs,
                (i, color) => Curves(analysis, all[i], color)
            ),
            "Dots are measured, lines fitted; a dashed line is what the law says that was fitted without the schedule."
        );
        yield return (
            Grouped.Draw(
                Called("learning_rates", "Learning rates"),
                x,
                new("learning rate", Log: false),
                runs,
                (i, color) =>
                    [
                        new(
                            "learning rate",
                            color,
                            Stroke.Solid,
                            Mark.None,
                            [.. Grid(0, all[i].Rates.Last, Places).Select(p => (p, all[i].Rates.Rate(p)))]
                        ),
                    ]
            ),
            "Before the first row of a table the rate is taken to rise from 0."
        );
        yield return (
            Grouped.Draw(
                Called("residuals", "Residuals"),
                x,
                new(log ? $"ln {metric} - fitted" : $"{metric} - fitted", Log: false),
                [.. analysis.Curves.Select(c => c.Run)],
                (i, color) =>
                    [
                        new(
                            "points",
                            color,
                            Stroke.None,
                            Mark.Dot,
                            [
                                .. all[i]
                                    .Observations(0)
                                    .Select(o => (o.Schedule!.Position, Off: (o, Fitted: fit.Predict(o))))
                                    .Select(p =>
                                        (
                                            p.Position,
                                            log ? p.Off.o.LogY - Math.Log(p.Off.Fitted) : p.Off.o.Y - p.Off.Fitted
                                        )
                                    ),
                            ]
                        ),
                    ]
            ),
            "Residuals should not bend where the rate falls."
        );
    }

    private static IEnumerable<Series> Curves(ScheduleAnalysis analysis, ScheduledCurve curve, string color)
    {
        var law = analysis.Law;
        var from = curve.Points.Count > 0 ? curve.Points[0].Position : Start(curve);
        if (curve.Points.Count > 0)
            yield return new(
                "measured",
                color,
                Stroke.None,
                Mark.Dot,
                [.. curve.Points.Select(p => (p.Position, p.Value))]
            );
        yield return new("fitted", color, Stroke.Solid, Mark.None, Line(law.Fit, curve, from))
        {
            Band = Bands.Fit(
                law.Fit,
                law.Bootstrap,
                [.. Grid(from, curve.Rates.Last, BandPlaces)],
                curve.Place,
                BandDraws
            ),
        };
        foreach (var left in analysis.LeftOut.Where(l => l.Curves.Contains(curve)))
            yield return new("by the other schedules", color, Stroke.Dashed, Mark.None, Line(left.Fit, curve, from));
    }

    /// <summary>Where a run that was not measured is drawn from: past the steep start.</summary>
    private static double Start(ScheduledCurve curve) => Math.Max(curve.Rates.WarmedUp, curve.Rates.Last / 20);

    private static IReadOnlyList<(double, double)> Line(
        Laws.Parametric.ParametricFit fit,
        ScheduledCurve curve,
        double from
    ) => [.. Grid(from, curve.Rates.Last, Places).Select(p => (p, fit.Predict(curve.Place(p))))];

    private static IEnumerable<double> Grid(double from, double to, int places) =>
        Enumerable.Range(0, places + 1).Select(i => from + (to - from) * i / places);
}
