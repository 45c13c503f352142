using System.Globalization;
using LinearScaling.Files;
using Serilog;

namespace LinearScaling.Cli.Studies.Clusters;

/// <summary>
/// A study whose runs are Slurm's jobs: an array that trains them and one that evaluates each when it is trained. What
/// is done is seen in the run directories, what is under way in the queue; this process keeps nothing, and may be left
/// and started again.
/// </summary>
internal sealed class SlurmRunner
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly Study study;
    private readonly string root;
    private readonly ILogger log;
    private readonly SlurmScript scripts;
    private readonly SlurmQueue queue;

    /// <param name="root">The study's directory, which the cluster's machines see under the same path.</param>
    /// <exception cref="LinearScalingException">A run's directory holds a different run.</exception>
    public SlurmRunner(Study study, SlurmConfig slurm, string root, string device, ILogger log)
    {
        this.study = study;
        this.log = log;
        this.root = Path.GetFullPath(root);
        scripts = new(study, slurm, this.root, device);
        queue = new($"lcs-{Checksum.Compute(this.root)[..8]}");
        Jobs = StudyJob.All(study, this.root);
    }

    public IReadOnlyList<StudyJob> Jobs { get; }

    /// <summary>The scripts for all runs, as they would be submitted.</summary>
    public string Preview() => scripts.Train(queue.Name, Jobs) + "\n" + scripts.Evaluate(queue.Name, Jobs);

    /// <summary>Submits what is neither done nor in the queue, and returns when nothing is in the queue any
    /// more.</summary>
    /// <exception cref="OperationCanceledException">Cancelled; the jobs stay in the queue.</exception>
    public void Run(CancellationToken cancellationToken)
    {
        var live = Live();
        var open = Jobs.Where(j => !IsDone(j, cancellationToken) && !live.ContainsKey(j)).ToList();
        Submit([.. open.Where(j => !j.IsTrained)], [.. open.Where(j => j.IsTrained)]);
        try
        {
            for (var seen = Live(); seen.Count > 0; seen = Live())
            {
                foreach (var job in Jobs)
                    if (seen.TryGetValue(job, out var running))
                        job.Stage = running
                            ? job.IsTrained
                                ? RunStage.Evaluating
                                : RunStage.Training
                            : RunStage.Waiting;
                    else if (job.Stage is not (RunStage.Done or RunStage.Failed))
                        Settle(job, cancellationToken);
                cancellationToken.WaitHandle.WaitOne(Interval);
                cancellationToken.ThrowIfCancellationRequested();
            }
            foreach (var job in Jobs.Where(j => j.Stage is not (RunStage.Done or RunStage.Failed)))
                Settle(job, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            log.Information(
                "The jobs stay in the queue: the same command watches them again, scancel --name={Name} ends them",
                queue.Name
            );
            throw;
        }
    }

    /// <summary>Which runs are in the queue, and whether a job of theirs is running.</summary>
    private Dictionary<StudyJob, bool> Live()
    {
        var live = new Dictionary<StudyJob, bool>();
        foreach (var task in queue.Tasks())
            if (RunOf(task) is { } job)
                live[job] = live.GetValueOrDefault(job) || task.IsRunning;
        return live;
    }

    /// <summary>The run that a task is for: its script lists them, in the order of their numbers.</summary>
    private StudyJob? RunOf(QueuedTask task)
    {
        var list = Path.Combine(root, "slurm", Path.ChangeExtension(task.Script, ".runs"));
        if (!File.Exists(list))
            return null;
        var path = File.ReadLines(list).ElementAtOrDefault(task.Task);
        return Jobs.FirstOrDefault(j => j.Run.Path == path);
    }

    private void Submit(IReadOnlyList<StudyJob> untrained, IReadOnlyList<StudyJob> trained)
    {
        foreach (var job in untrained)
            job.Prepare();
        if (untrained.Count > 0)
        {
            var training = Submit("train", untrained, scripts.Train, null);
            Submit("eval", untrained, scripts.Evaluate, training);
        }
        if (trained.Count > 0)
            Submit("eval", trained, scripts.Evaluate, null);
    }

    private string Submit(
        string what,
        IReadOnlyList<StudyJob> jobs,
        Func<string, IReadOnlyList<StudyJob>, string> script,
        string? after
    )
    {
        var folder = Path.Combine(root, "slurm");
        Directory.CreateDirectory(folder);
        Directory.CreateDirectory(Path.Combine(root, "logs"));
        var number = Directory.GetFiles(folder, "*.sh").Length + 1;
        var file = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{number:D4}-{what}.sh"));
        DurableFile.WriteAllText(file, script(queue.Name, jobs));
        DurableFile.WriteAllText(
            Path.ChangeExtension(file, ".runs"),
            string.Concat(jobs.Select(j => j.Run.Path + "\n"))
        );
        var id = SlurmQueue.Submit(file, after);
        log.Information(
            "{Jobs} runs submitted as array {Id} ({Script}{After})",
            jobs.Count,
            id,
            file,
            after is null ? "" : $", each after its task of {after}"
        );
        return id;
    }

    private bool IsDone(StudyJob job, CancellationToken cancellationToken)
    {
        if (!job.IsTrained || !job.IsEvaluated(study, cancellationToken))
            return false;
        job.Stage = RunStage.Done;
        return true;
    }

    /// <summary>What became of a run that left the queue.</summary>
    private void Settle(StudyJob job, CancellationToken cancellationToken)
    {
        if (IsDone(job, cancellationToken))
            return;
        job.Fail(
            job.IsTrained
                ? "its evaluation ended early: failed, or cancelled"
                : "its training ended early: failed, or cancelled"
        );
        log.Error("{Run}: {Why} (log: {Log})", job.Run.Path, job.Problem, job.LogFile);
    }
}
