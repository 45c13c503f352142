using LinearScaling.Laws.Forms;
using LinearScaling.Laws.Parametric;

namespace LinearScaling.Laws.Scheduled;

/// <summary>How a law meets a run's curve.</summary>
/// <param name="MeanError">Mean of |predicted / measured - 1| over its points.</param>
/// <param name="WorstError">The largest of them.</param>
/// <param name="EndError">predicted / measured - 1 at its last point.</param>
public sealed record CurveError(string Run, int Points, double MeanError, double WorstError, double EndError)
{
    public static CurveError Measure(ParametricFit fit, ScheduledCurve curve)
    {
        var errors = curve.Observations(0).Select(o => fit.Predict(o) / o.Y - 1).ToList();
        return new(curve.Run, errors.Count, errors.Average(Math.Abs), errors.Max(Math.Abs), errors[^1]);
    }
}

/// <summary>The runs of one schedule, predicted by a law that was fitted to all others.</summary>
public sealed record LeftOutSchedule(ParametricFit Fit, IReadOnlyList<ScheduledCurve> Curves)
{
    public IReadOnlyList<CurveError> Errors { get; } = [.. Curves.Select(c => CurveError.Measure(Fit, c))];
}

/// <summary>A law of schedules fitted to a group's curves, each schedule predicted by the others.</summary>
/// <param name="Curves">Those that it was fitted to.</param>
/// <param name="LeftOut">Every schedule in turn; none where there is only one.</param>
/// <param name="Predicted">Runs without values.</param>
public sealed record ScheduleAnalysis(
    LawAnalysis Law,
    IReadOnlyList<ScheduledCurve> Curves,
    IReadOnlyList<LeftOutSchedule> LeftOut,
    IReadOnlyList<ScheduledCurve> Predicted
)
{
    /// <summary>Starts of a fit: constants that are linear are solved for in each.</summary>
    public const int DefaultStarts = 24;

    private const double Missed = 0.01;

    public string Name => Law.Name;

    /// <param name="curves">Of one architecture and size.</param>
    /// <param name="draws">Bootstrap draws of runs; 0 for no intervals.</param>
    /// <param name="fixed">Coefficients that are given.</param>
    public static ScheduleAnalysis Analyze(
        string name,
        LawForm form,
        IReadOnlyList<ScheduledCurve> curves,
        FitLoss? loss = null,
        int starts = DefaultStarts,
        int draws = 0,
        int seed = 0,
        IReadOnlyDictionary<string, double>? @fixed = null
    )
    {
        var (fitted, predicted) = (
            curves.Where(c => c.Points.Count > 0).ToList(),
            curves.Where(c => c.Points.Count == 0).ToList()
        );
        if (fitted.Count == 0)
            throw LawMistakes.NothingMeasured(name);
        var points = fitted.Select((c, i) => c.Observations(i).ToList()).ToList();
        var law = LawAnalysis.Analyze(name, form, [.. points.SelectMany(p => p)], loss, starts, draws, seed, @fixed);
        var leftOut = new List<LeftOutSchedule>();
        var schedules = ScheduledCurve.Distinct(fitted.Select(c => c.Rates));
        foreach (var runs in schedules.Count > 1 ? schedules : [])
        {
            var rest = points.Where((_, i) => !runs.Contains(i)).SelectMany(p => p).ToList();
            if (rest.Count > form.Parameters.Count)
                leftOut.Add(
                    new(
                        ParametricFit.Fit(form, rest, law.Fit.Problem.Loss, Math.Max(1, starts / 3), seed, @fixed),
                        [.. runs.Select(i => fitted[i])]
                    )
                );
        }
        var cautions = leftOut
            .SelectMany(l => l.Errors)
            .Where(e => e.MeanError > Missed)
            .Select(e => new Caution(
                "left_out",
                $"fitted to the other schedules, it misses run {e.Run} by {100 * e.MeanError:F1}% on average"
            ));
        return new(law with { Cautions = [.. law.Cautions, .. cautions] }, fitted, leftOut, predicted);
    }
}
