using System.Diagnostics;
using System.Globalization;
using LinearScaling.Evaluation;
using LinearScaling.Runs;
using LinearScaling.Torch.Evaluation;

namespace LinearScaling.Cli.Commands;

/// <summary>An evaluation's progress in lines: what is done, its main metric, and the time left.</summary>
internal sealed class SweepProgress(TextWriter log) : ISweepLog
{
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(10);

    private readonly Stopwatch clock = new();
    private TimeSpan lastLine;
    private string current = "";
    private double share;

    public void Started(int checkpoints, int pending, int finished)
    {
        clock.Restart();
        log.WriteLine($"{checkpoints} checkpoints: {pending} results to compute, {finished} already there");
    }

    public void Evaluating(CheckpointDirectory checkpoint, EvalTask task) => current = $"{Title(checkpoint)} {task.Name}";

    public void Progressed(double share)
    {
        this.share = share;
        if (clock.Elapsed - lastLine < Quiet)
            return;
        lastLine = clock.Elapsed;
        log.WriteLine($"{Percent} {current}, {Left}");
    }

    public void Evaluated(CheckpointDirectory checkpoint, TaskScore score)
    {
        lastLine = clock.Elapsed;
        log.WriteLine($"{Percent} {Title(checkpoint)} {score.Task.Name}: {string.Join(", ", score.Values.Take(3).Select(Text))}, {Left}");
    }

    public void Damaged(CheckpointDirectory checkpoint, string problem) => log.WriteLine($"skipped: {problem}");

    /// <summary>A checkpoint as its run and step; an imported model as its directory.</summary>
    public static string Title(CheckpointDirectory checkpoint) => checkpoint.Run is { } run ? $"{run.Name}/{checkpoint.Name}" : checkpoint.Name;

    private static string Text(MetricValue value) => string.Create(CultureInfo.InvariantCulture, $"{value.Metric} {value.Value:G5}");

    private string Percent => string.Create(CultureInfo.InvariantCulture, $"{100 * share,3:F0}%");

    private string Left => share is > 0 and < 1 ? $"{TimeSpan.FromSeconds(clock.Elapsed.TotalSeconds / share * (1 - share)):h\\:mm\\:ss} left" : $"{clock.Elapsed:h\\:mm\\:ss} in all";
}
