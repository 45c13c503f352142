using System.Globalization;
using LinearScaling.Runs;
using LinearScaling.Torch.Training;
using LinearScaling.Torch.Training.Logs;

namespace LinearScaling.Cli.Progress;

/// <summary>A training run on the console: the bar counts micro-batches, so that steps of hours are seen to
/// move.</summary>
internal sealed class ConsoleRunLog(RunPlan plan, string name, int microBatches, ProgressDisplay display)
    : IRunLog,
        IDisposable
{
    private ProgressBar? bar;
    private StepRecord? last;
    private double microLoss;

    public void Resumed(long step)
    {
        if (step > 0)
            display.Log.Information("{Name}: goes on from step {Step}", name, step);
        bar = display.Start(
            name,
            plan.Steps * microBatches,
            microBatches == 1 ? "step" : "micro-batch",
            step * microBatches
        );
    }

    public void Loss(long step, int micro, double loss)
    {
        microLoss = loss;
        // The first loss shows whether the start is sane.
        if (step == 0 && micro == 0)
            display.Log.Information(
                "{Name}: loss of the first micro-batch {Loss:F4} (a uniform guess is {Uniform:F4})",
                name,
                loss,
                Math.Log(plan.Run.VocabSize)
            );
    }

    public void MicroBatch(long step, int done, int count)
    {
        if (done < count) // a whole step says more
            bar?.Advance(step * count + done, Text("loss", microLoss));
    }

    public void Step(StepRecord record)
    {
        last = record;
        bar?.Advance(
            record.Step * microBatches,
            Text("loss", record.Loss),
            Units.Count(record.TokensPerSecond) + " tok/s"
        );
    }

    public void Saved(CheckpointDirectory checkpoint) =>
        display.Log.Debug("{Name}: saved {Checkpoint}", name, checkpoint.Name);

    public void Warning(string message) => display.Log.Warning("{Message}", message);

    /// <summary>The last words on standard output: where the run is and how it ended.</summary>
    public string Summary(string directory) =>
        last is null
            ? string.Create(CultureInfo.InvariantCulture, $"{directory}: was done")
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{directory}: {last.Step} steps, {Units.Count(last.Tokens)} tokens, loss {last.Loss:F4}, "
                    + $"{Units.Duration(last.Seconds)}"
            );

    public void Dispose() => bar?.Dispose();

    private static string Text(string label, double value) =>
        string.Create(CultureInfo.InvariantCulture, $"{label} {value:F4}");
}
