using System.Globalization;
using LinearScaling.Laws.Points;
using LinearScaling.Runs;

namespace LinearScaling.Laws.Scheduled;

/// <summary>Runs as curves along their own learning rates, which metrics.jsonl holds.</summary>
public static class ScheduledRuns
{
    /// <param name="root">A directory with runs at or below it.</param>
    /// <param name="metric"><c>train_loss</c>, or a metric of eval.jsonl.</param>
    /// <param name="burnIn">First part of each run that is left out, as a fraction of its steps.</param>
    public static ScheduledData Read(string root, string metric, double burnIn)
    {
        var runs = RunCurves
            .Named(root)
            .ConvertAll(r => (r.Directory, r.Record, Values: RunCurves.Values(r.Directory, metric)));
        if (runs.TrueForAll(r => r.Values.Count == 0))
            throw RunCurves.Unknown(root, metric, runs.Select(r => r.Directory));
        var (curves, leftOut) = (new List<ScheduledCurve>(), new List<LeftOut>());
        foreach (var (directory, record, values) in runs)
        {
            var what = $"run {record.Name}";
            var steps = directory
                .ReadMetrics()
                .Where(m => double.IsFinite(m.Lr) && m.Lr >= 0)
                .GroupBy(m => m.Step)
                .OrderBy(s => s.Key)
                .Select(s => ((double)s.Key, s.Last().Lr))
                .ToList();
            if (steps.Count < 2 || steps.TrueForAll(s => s.Lr == 0))
            {
                leftOut.Add(new(what, values.Count, "its metrics.jsonl holds no learning rates of two steps"));
                continue;
            }
            var rates = new LearningRates(steps);
            List<StepValue> points = [.. values.Select(v => new StepValue(v.Tokens / record.TokensPerStep, v.Value))];
            if (ScheduledData.Usable(what, metric, rates, points, burnIn, leftOut) is { Count: > 0 } usable)
                curves.Add(new(record.Name, $"{record.Architecture} {record.Size}", rates, usable));
        }
        if (curves.Count == 0)
            throw PointMistakes.NoCurve(root, metric);
        return new("step", curves, leftOut, [.. Mixed([.. runs.Select(r => r.Record)])]);
    }

    private static IEnumerable<Caution> Mixed(IReadOnlyList<RunRecord> runs)
    {
        foreach (var caution in RunCurves.Mixed(runs))
            yield return caution;
        foreach (var group in runs.GroupBy(r => $"{r.Architecture} {r.Size}"))
            if (group.Select(r => r.TokensPerStep).Distinct().Order().ToList() is { Count: > 1 } different)
                yield return new(
                    "mixed_runs",
                    $"the runs of {group.Key} differ in tokens a step ("
                        + string.Join(", ", different.Select(t => t.ToString(CultureInfo.InvariantCulture)))
                        + "): the law counts steps, and knows no batch"
                );
    }
}
