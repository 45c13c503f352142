using LinearScaling.Laws.Points;

namespace LinearScaling.Laws.Scheduled;

/// <summary>Reasons not to trust a law of schedules, whichever it is.</summary>
internal static class ScheduleCautions
{
    private const double Fall = 0.8;
    private const double Unknown = 0.02;

    public static IEnumerable<Caution> Check(IReadOnlyList<Observation> points)
    {
        var curves = points.GroupBy(o => o.Cluster).Select(c => c.MaxBy(o => o.Schedule!.Position)).ToList();
        if (ScheduledCurve.Distinct(curves.Select(o => o.Schedule!.Rates)).Count == 1)
            yield return new("one_schedule", "all runs have one schedule: nothing checks what the law says of others");
        if (!curves.Exists(o => o.Schedule is { } s && s.Rates.Rate(s.Position) < Fall * s.Rates.Peak))
            yield return new(
                "no_annealing",
                "no run is seen at a learning rate below 80 % of its peak: what a fall of the rate saves is not "
                    + "determined"
            );
        if (curves.Select(o => o.Schedule!.Rates.FirstKnown / o.Schedule.Rates.Last).Max() is > Unknown and var share)
            yield return new(
                "unknown_start",
                $"the rates are known only after the first {100 * share:F0} % of a run, and taken to rise from 0 "
                    + "before: give the rows of the warm-up too (L may be empty there)"
            );
    }
}
