using LinearScaling.Configuration;
using LinearScaling.Runs;
using LinearScaling.Sweeps;
using LinearScaling.Torch.Configuration;
using LinearScaling.Torch.Evaluation;

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

    /// <summary>The jobs of a study.</summary>
    /// <param name="root">The study's directory.</param>
    /// <exception cref="LinearScalingException">A run's directory holds a different run.</exception>
    public static IReadOnlyList<StudyJob> All(Study study, string root)
    {
        List<StudyJob> jobs = [.. study.Runs.Select(r => new StudyJob(r, root))];
        var conflicts = jobs.Select(j => j.Conflict()).OfType<string>().ToList();
        return conflicts.Count == 0 ? jobs : throw new LinearScalingException(string.Join('\n', conflicts));
    }

    /// <summary>Whether eval.jsonl has every task's results on every checkpoint.</summary>
    public bool IsEvaluated(Study study, CancellationToken cancellationToken)
    {
        var inputs = new CheckpointInputs(null, study.EvalOptions, _ => { }, cancellationToken);
        var ledger = new EvalLedger(study.Tasks, inputs);
        return Directory.Checkpoints().All(c => ledger.Missing(c).Count == 0);
    }

    /// <summary>Writes the run's configuration where <c>lcs train</c> is told to find it.</summary>
    public void Prepare()
    {
        System.IO.Directory.CreateDirectory(Directory.FullPath);
        if (!Directory.IsStarted)
            Directory.WriteConfig(run.Config);
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
