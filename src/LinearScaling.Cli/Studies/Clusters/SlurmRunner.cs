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
            // A shared file system may show results later than the queue does: who is gone is looked for twice.
            var missed = new HashSet<StudyJob>();
            for (; ; )
            {
                var seen = Live();
                foreach (var job in Jobs.Where(j => !IsSettled(j)))
                    if (seen.TryGetValue(job, out var running))
                        job.Stage =
                            !running ? RunStage.Waiting
                            : job.IsTrained ? RunStage.Evaluating
                            : RunStage.Training;
                    else if (!IsDone(job, cancellationToken) && !missed.Add(job))
                        Fail(job);
                if (Jobs.All(IsSettled))
                    return;
                cancellationToken.WaitHandle.WaitOne(Interval);
                cancellationToken.ThrowIfCancellationRequested();
            }
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

    private static bool IsSettled(StudyJob job) => job.Stage is RunStage.Done or RunStage.Failed;

    private bool IsDone(StudyJob job, CancellationToken cancellationToken)
    {
        if (!job.IsTrained || !job.IsEvaluated(study, cancellationToken))
            return false;
        job.Stage = RunStage.Done;
        return true;
    }

    /// <summary>A run left the queue undone.</summary>
    private void Fail(StudyJob job)
    {
        job.Fail($"its {(job.IsTrained ? "evaluation" : "training")} ended early: failed, or cancelled");
        log.Error("{Run}: {Why} (log: {Log})", job.Run.Path, job.Problem, job.LogFile);
    }
}
