using System.Globalization;
using LinearScaling.Cli.Progress;
using LinearScaling.Evaluation;
using LinearScaling.Runs;
using LinearScaling.Sweeps;

namespace LinearScaling.Cli.Commands;

/// <summary>An evaluation's progress: a bar over (checkpoint, task) pairs, and a line for each that is done.</summary>
internal sealed class SweepProgress(ProgressDisplay display) : ISweepLog, IDisposable
{
    /// <summary>Steps of the bar within one result.</summary>
    private const int Parts = 1000;

    private ProgressBar? bar;
    private string current = "";
    private long pairs;

    public void Started(int checkpoints, int pending, int finished)
    {
        bar?.Dispose();
        pairs = pending;
        display.Log.Information(
            "{Checkpoints} checkpoints: {Pending} results to compute, {Finished} already there",
            checkpoints,
            pending,
            finished
        );
        bar = pending > 0 ? display.Start("evaluation", pending * Parts, "result", parts: Parts) : null;
    }

    public void Evaluating(CheckpointDirectory checkpoint, EvalTask task) =>
        current = $"{Title(checkpoint)} {task.Name}";

    public void Progressed(double share) => bar?.Advance((long)(share * pairs * Parts), current);

    public void Evaluated(CheckpointDirectory checkpoint, TaskScore score)
    {
        display.Log.Information(
            "{Checkpoint} {Task}: {Values}",
            Title(checkpoint),
            score.Task.Name,
            string.Join(", ", score.Values.Take(3).Select(Text))
        );
        if (score.NotFinite > 0)
            display.Log.Warning(
                "{Checkpoint} {Task}: the model gives {NotFinite} of {Items} items no finite score; the task has no "
                    + "value, and no mean or law uses it",
                Title(checkpoint),
                score.Task.Name,
                score.NotFinite,
                score.Items.Count
            );
    }

    public void Waiting(IReadOnlyList<CheckpointDirectory> held) =>
        display.Log.Information(
            "waiting for {Count} checkpoints that other processes evaluate, {Checkpoint} first",
            held.Count,
            Title(held[0])
        );

    public void Damaged(CheckpointDirectory checkpoint, string problem) =>
        display.Log.Warning("skipped {Checkpoint}: {Problem}", Title(checkpoint), problem);

    public void Dispose() => bar?.Dispose();

    /// <summary>A checkpoint as its run and step; an imported model as its directory.</summary>
    public static string Title(CheckpointDirectory checkpoint) =>
        checkpoint.Run is { } run ? $"{run.Name}/{checkpoint.Name}" : checkpoint.Name;

    private static string Text(MetricValue value) =>
        string.Create(CultureInfo.InvariantCulture, $"{value.Metric} {value.Value:G5}");
}
