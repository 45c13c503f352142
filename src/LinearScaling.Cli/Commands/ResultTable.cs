using System.Globalization;
using System.Text.Json;
using LinearScaling.Cli.Reports;
using LinearScaling.Evaluation;
using LinearScaling.Runs;
using LinearScaling.Sweeps;

namespace LinearScaling.Cli.Commands;

/// <summary>Results as text: every metric of one checkpoint, or the main metrics of many over their steps.</summary>
internal static class ResultTable
{
    public static void Write(
        TextWriter output,
        IReadOnlyList<CheckpointDirectory> checkpoints,
        IReadOnlyList<EvalTask> tasks,
        IReadOnlyList<EvalGroup> groups,
        EvalOptions options,
        EvalResults results,
        bool json
    )
    {
        var rows = checkpoints
            .Select(c => (Checkpoint: c, Results: Results(c, tasks, groups, results)))
            .Where(r => r.Results.Count > 0)
            .ToList();
        if (json)
            foreach (var record in rows.SelectMany(r => r.Results))
                output.WriteLine(JsonSerializer.Serialize(record, RunJson.Default.EvalRecord));
        else if (rows.Count == 1)
            output.Write($"{SweepProgress.Title(rows[0].Checkpoint)}\n{One(rows[0].Results)}");
        else if (rows.Count > 1)
            output.Write(Many(rows, tasks, groups, options));
    }

    private static List<EvalRecord> Results(
        CheckpointDirectory checkpoint,
        IReadOnlyList<EvalTask> tasks,
        IReadOnlyList<EvalGroup> groups,
        EvalResults results
    ) =>
        [
            .. tasks.SelectMany(t => results.Read(checkpoint, t)),
            .. groups.Select(g => results.Find(checkpoint, g, tasks)).OfType<EvalRecord>(),
        ];

    private static TextTable One(List<EvalRecord> results)
    {
        var table = new TextTable("metric", "value", "stderr", "n");
        foreach (var r in results)
            table.Add(
                r.Task == r.Metric ? r.Metric : $"{r.Task} {r.Metric}",
                Number(r.Value),
                r.Stderr is { } e ? Number(e) : "",
                r.N.ToString(CultureInfo.InvariantCulture)
            );
        return table;
    }

    private static TextTable Many(
        List<(CheckpointDirectory Checkpoint, List<EvalRecord> Results)> rows,
        IReadOnlyList<EvalTask> tasks,
        IReadOnlyList<EvalGroup> groups,
        EvalOptions options
    )
    {
        (string Task, string Metric)[] columns =
            tasks.Count == 1
                ? [.. tasks[0].Metrics(options).Take(6).Select(m => (tasks[0].Name, m.Name))]
                : [.. tasks.Select(t => (t.Name, t.Metrics(options)[0].Name)), .. groups.Select(g => (g.Name, g.Name))];
        var table = new TextTable([
            "checkpoint",
            .. columns.Select(c => tasks.Count == 1 || c.Task == c.Metric ? c.Metric : $"{c.Task} {c.Metric}"),
        ]);
        foreach (var (checkpoint, results) in rows)
            table.Add([
                SweepProgress.Title(checkpoint),
                .. columns.Select(c =>
                    results.Find(r => r.Task == c.Task && r.Metric == c.Metric) is { } r ? Number(r.Value) : ""
                ),
            ]);
        return table;
    }

    private static string Number(double value) => value.ToString("G5", CultureInfo.InvariantCulture);
}
