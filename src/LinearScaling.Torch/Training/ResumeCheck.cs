using LinearScaling.Runs;
using LinearScaling.Torch.Training.Logs;

namespace LinearScaling.Torch.Training;

/// <summary>A run beside its interrupted twin.</summary>
/// <param name="Steps">Steps of both.</param>
/// <param name="StoppedAfter">The step at which the twin was stopped and resumed from its checkpoint.</param>
/// <param name="Differences">Each step whose loss differs, and the weights where their hashes do; empty when all is
/// equal to the bit.</param>
public sealed record ResumeReport(long Steps, long StoppedAfter, string WeightsHash, IReadOnlyList<string> Differences);

/// <summary>Proof that stopping changes nothing: k + m steps against k steps, a stop, a resume and m steps, compared
/// bit for bit.</summary>
public static class ResumeCheck
{
    /// <param name="open">Opens the run to be checked in an output directory.</param>
    /// <param name="folder">An empty directory for both.</param>
    public static ResumeReport Run(
        Func<string, TrainingRun> open,
        string folder,
        Func<string, IRunLog> log,
        CancellationToken cancellationToken
    )
    {
        var (wholePath, partsPath) = (Path.Combine(folder, "whole"), Path.Combine(folder, "parts"));
        var run = open(wholePath);
        var (steps, stopAfter) = (run.Plan.Steps, run.Plan.Steps / 2);
        run.Train(log("without a stop"), cancellationToken);

        using (var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken))
        {
            try
            {
                open(partsPath).Train(new StoppingLog(log("to the stop"), stopAfter, stop), stop.Token);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                // As by a signal: the state is saved.
            }
        }
        open(partsPath).Train(log("after the stop"), cancellationToken);
        return Compare(new RunDirectory(wholePath), new RunDirectory(partsPath), steps, stopAfter);
    }

    private static ResumeReport Compare(RunDirectory whole, RunDirectory parts, long steps, long stopAfter)
    {
        var differences = whole
            .ReadMetrics()
            .Zip(parts.ReadMetrics())
            .Where(pair =>
                pair.First.Loss != pair.Second.Loss
                || pair.First.GradNorm != pair.Second.GradNorm
                || pair.First.Step != pair.Second.Step
            )
            .Select(pair =>
                $"step {pair.First.Step}: loss {pair.First.Loss:R} against {pair.Second.Loss:R}, gradient norm "
                + $"{pair.First.GradNorm:R} against {pair.Second.GradNorm:R}"
            )
            .ToList();
        if (whole.ReadMetrics().Count != parts.ReadMetrics().Count)
            differences.Add($"{whole.ReadMetrics().Count} logged steps against {parts.ReadMetrics().Count}");
        var (expected, found) = (whole.Checkpoint(steps).WeightsHash, parts.Checkpoint(steps).WeightsHash);
        if (expected != found)
            differences.Add($"weights {expected} against {found}");
        return new ResumeReport(steps, stopAfter, expected, differences);
    }

    private sealed class StoppingLog(IRunLog inner, long stopAfter, CancellationTokenSource stop) : IRunLog
    {
        public void Resumed(long step) => inner.Resumed(step);

        public void Loss(long step, int micro, double loss) => inner.Loss(step, micro, loss);

        public void MicroBatch(long step, int done, int count) => inner.MicroBatch(step, done, count);

        public void Step(StepRecord record)
        {
            inner.Step(record);
            if (record.Step == stopAfter)
                stop.Cancel();
        }

        public void Saved(CheckpointDirectory checkpoint) => inner.Saved(checkpoint);

        public void Warning(string message) => inner.Warning(message);
    }
}
