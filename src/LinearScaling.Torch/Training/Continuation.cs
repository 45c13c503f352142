using LinearScaling.Configuration;
using LinearScaling.Runs;
using LinearScaling.Torch.Configuration;
using LinearScaling.Torch.Training.Logs;

namespace LinearScaling.Torch.Training;

/// <summary>What a run that goes on has to be, and what it says of what became of it since.</summary>
internal static class Continuation
{
    /// <summary>Refuses a directory that holds another run, or something else.</summary>
    /// <param name="run">What the run would be.</param>
    public static void RefuseOther(RunDirectory directory, RunRecord run, RunConfig config, bool acceptChangedData)
    {
        if (!directory.IsStarted)
        {
            if (directory.HoldsOtherFiles)
                throw TrainingMistakes.NoRunThere(directory);
            return;
        }
        var there = directory.ReadRun();
        if (there.ConfigHash != run.ConfigHash)
        {
            var old = directory.ReadConfig<RunConfig>();
            throw TrainingMistakes.OtherRunThere(directory, ConfigDifferences.Between(old, config));
        }
        if (there.DataFingerprint != run.DataFingerprint && !acceptChangedData)
            throw TrainingMistakes.ChangedData(directory, there, run);
    }

    /// <summary>Says, and records in run.json, that the data is another from a step on.</summary>
    public static void NoteChangedData(RunDirectory directory, RunRecord run, CheckpointState start, IRunLog log)
    {
        log.Warning(
            $"{directory.Name}: the data changed at step {start.Step} (fingerprint {start.DataFingerprint}, now "
                + $"{run.DataFingerprint})"
        );
        directory.WriteRun(run with { MissingMetrics = directory.ReadRun().MissingMetrics });
    }

    /// <summary>Says, and records in run.json, which steps metrics.jsonl has lost.</summary>
    /// <param name="every">Steps between two that are logged.</param>
    /// <param name="step">The last step done.</param>
    public static void NoteMissing(RunDirectory directory, int every, long step, IRunLog log)
    {
        var missing = StepRange.Missing(directory.ReadMetrics().Select(m => m.Step), every, step);
        var run = directory.ReadRun();
        if (missing.SequenceEqual(run.MissingMetrics ?? []))
            return;
        directory.WriteRun(run with { MissingMetrics = missing });
        log.Warning(
            $"{directory.MetricsFile}: its lines of steps "
                + string.Join(", ", missing.Select(m => $"{m.First} to {m.Last}"))
                + " are lost or damaged, as after a power cut; the run goes on, curves have a gap there"
        );
    }
}
