using System.Globalization;
using LinearScaling.Evaluation;
using LinearScaling.Runs;
using LinearScaling.Torch.Evaluation;

namespace LinearScaling.Cli.Commands;

/// <summary>Results as text: every metric of one checkpoint, or the main metrics of many over their steps.</summary>
internal static class ResultTable
{
    public static void Write(TextWriter output, IReadOnlyList<CheckpointDirectory> checkpoints, IReadOnlyList<EvalTask> tasks, ICheckpointSource source)
    {
        var rows = checkpoints.Select(c => (Checkpoint: c, Results: Results(c, tasks, source))).Where(r => r.Results.Count > 0).ToList();
        if (rows.Count == 1)
            One(output, rows[0].Checkpoint, rows[0].Results);
        else if (rows.Count > 1)
            Many(output, rows, tasks);
    }

    private static List<EvalRecord> Results(CheckpointDirectory checkpoint, IReadOnlyList<EvalTask> tasks, ICheckpointSource source)
    {
        var records = EvalResults.Of(checkpoint).ReadEvals();
        var weights = checkpoint.WeightsHash;
        var inputs = source.Inputs(checkpoint);
        return [.. tasks.SelectMany(t => EvalResults.Held(records, weights, t, inputs))];
    }

    private static void One(TextWriter output, CheckpointDirectory checkpoint, List<EvalRecord> results)
    {
        output.WriteLine(SweepProgress.Title(checkpoint));
        List<string[]> lines = [["task", "metric", "value", "stderr", "n"]];
        lines.AddRange(results.Select(r => new[] { r.Task, r.Metric, Number(r.Value), r.Stderr is { } e ? Number(e) : "", r.N.ToString(CultureInfo.InvariantCulture) }));
        Align(output, lines, textColumns: 2);
    }

    private static void Many(TextWriter output, List<(CheckpointDirectory Checkpoint, List<EvalRecord> Results)> rows, IReadOnlyList<EvalTask> tasks)
    {
        (EvalTask Task, Metric Metric)[] columns = tasks.Count == 1
            ? [.. tasks[0].Metrics.Take(6).Select(m => (tasks[0], m))]
            : [.. tasks.Select(t => (t, t.Metrics[0]))];
        List<string[]> lines = [["checkpoint", .. columns.Select(c => tasks.Count == 1 || c.Task.Name == c.Metric.Name ? c.Metric.Name : $"{c.Task.Name} {c.Metric.Name}")]];
        foreach (var (checkpoint, results) in rows)
            lines.Add([SweepProgress.Title(checkpoint), .. columns.Select(c => results.Find(r => r.Task == c.Task.Name && r.Metric == c.Metric.Name) is { } r ? Number(r.Value) : "")]);
        Align(output, lines, textColumns: 1);
    }

    private static string Number(double value) => value.ToString("G5", CultureInfo.InvariantCulture);

    private static void Align(TextWriter output, List<string[]> lines, int textColumns)
    {
        var widths = Enumerable.Range(0, lines[0].Length).Select(c => lines.Max(l => l[c].Length)).ToArray();
        foreach (var line in lines)
            output.WriteLine(string.Join("  ", line.Select((cell, c) => c < textColumns ? cell.PadRight(widths[c]) : cell.PadLeft(widths[c]))).TrimEnd());
    }
}
