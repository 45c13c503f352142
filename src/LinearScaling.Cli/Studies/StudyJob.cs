using LinearScaling.Configuration;
using LinearScaling.Runs;
using LinearScaling.Torch.Configuration;

namespace LinearScaling.Cli.Studies;

/// <summary>How far a run of a study is.</summary>
internal enum RunStage
{
    Waiting,
    Training,
    Evaluating,
    Done,
    Failed,
}

/// <summary>A run of a study, its directory, and how far it is.</summary>
internal sealed class StudyJob(StudyRun run, string root)
{
    private volatile string? problem;
    private int stage;

    public StudyRun Run => run;

    public RunDirectory Directory { get; } = new(Path.Combine(root, run.Path));

    /// <summary>Where its processes' output goes.</summary>
    public string LogFile { get; } =
        Path.Combine(root, "logs", run.Path.Replace(Path.DirectorySeparatorChar, '-') + ".log");

    public RunStage Stage
    {
        get => (RunStage)Volatile.Read(ref stage);
        set => Volatile.Write(ref stage, (int)value);
    }

    /// <summary>Why it failed, or null.</summary>
    public string? Problem => problem;

    /// <summary>Whether its last checkpoint is there.</summary>
    public bool IsTrained => Directory.IsStarted && Directory.Checkpoint(run.Steps).IsComplete;

    public void Fail(string why)
    {
        problem = why;
        Stage = RunStage.Failed;
    }

    /// <summary>How the run in its directory differs from this one; null where it is this one.</summary>
    public string? Conflict()
    {
        if (!Directory.IsStarted || Directory.ReadRun().ConfigHash == ConfigWriter.Hash(run.Config))
            return null;
        var differences = ConfigDifferences.Between(Directory.ReadConfig<RunConfig>(), run.Config);
        return $"{Directory.FullPath}: holds a different run ({string.Join("; ", differences)}); choose another "
            + $"--output, or remove it";
    }

    /// <summary>Writes the run's configuration where <c>lcs train</c> is told to find it.</summary>
    public void Prepare()
    {
        System.IO.Directory.CreateDirectory(Directory.FullPath);
        if (!Directory.IsStarted)
            Directory.WriteConfig(run.Config);
    }

    /// <summary>Removes the checkpoints that interruptions added to the schedule, so that an interrupted run has those
    /// of any other.</summary>
    public void RemoveUnscheduled()
    {
        foreach (var checkpoint in Directory.Checkpoints().Where(c => !run.Config.Checkpoints.IsDue(c.Step, run.Steps)))
            checkpoint.Remove();
    }

    /// <summary>Waits for a process that an earlier sweep left behind and that is saving.</summary>
    /// <param name="waiting">Called where there is one.</param>
    public void AwaitOrphan(Action waiting, CancellationToken cancellationToken)
    {
        for (var tries = 0; tries < 300; tries++)
        {
            using var free = Directory.TryLock();
            if (free is not null)
                return;
            if (tries == 0)
                waiting();
            cancellationToken.WaitHandle.WaitOne(TimeSpan.FromMilliseconds(200));
            cancellationToken.ThrowIfCancellationRequested();
        }
    }
}
