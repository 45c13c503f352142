using System.Globalization;
using LinearScaling.Cli.Progress;
using LinearScaling.Cli.Reports;
using LinearScaling.Evaluation;

namespace LinearScaling.Cli.Studies;

/// <summary>A study's runs at the end: one row per run, with the last checkpoint's metrics.</summary>
internal static class StudyResults
{
    public static TextTable Tabulate(Study study, IReadOnlyList<StudyJob> jobs)
    {
        var options = new EvalOptions();
        var metrics = study.Tasks.Select(t => (Task: t.Name, Metric: t.Metrics(options)[0].Name)).ToList();
        var table = new TextTable([
            "run",
            "",
            "checkpoints",
            "tokens",
            "train loss",
            .. metrics.Select(m => m.Task == m.Metric ? m.Metric : $"{m.Task} {m.Metric}"),
            "time",
        ]);
        foreach (var job in jobs)
        {
            var last = job.Directory.LastMetrics();
            var results = job.Directory.ReadEvals().Where(e => e.Step == job.Run.Steps).ToList();
            table.Add([
                job.Run.Path,
                job.Stage == RunStage.Done ? "done" : "failed",
                job.Directory.Checkpoints().Count.ToString(CultureInfo.InvariantCulture),
                last is null ? "" : Units.Count(last.Tokens),
                last is null ? "" : Numbers.Fixed(last.Loss),
                .. metrics.Select(m =>
                    results.FindLast(e => e.Task == m.Task && e.Metric == m.Metric) is { } e
                        ? Numbers.Fixed(e.Value)
                        : ""
                ),
                last is null ? "" : Units.Duration(last.Seconds),
            ]);
        }
        return table;
    }
}
