using LinearScaling.Evaluation;
using LinearScaling.Files;
using LinearScaling.Runs;

namespace LinearScaling.Sweeps;

/// <summary>
/// Every task on every checkpoint, each pair once: results are known by weights, tokenizer, task version and settings,
/// never by path. Several processes may sweep the same directory: each locks the checkpoint it works on, and the system
/// takes the lock of a process that died.
/// </summary>
/// <param name="ledger">Says what is missing. The items of a task that always keeps them are kept even where it does
/// not ask for them.</param>
public sealed class EvaluationSweep(EvalLedger ledger, ICheckpointSource source, ISweepLog log)
{
    private readonly Dictionary<(EvalTask, EvalInputs), IReadOnlyList<EvalItem>> items = [];
    private readonly HashSet<string> damaged = new(StringComparer.Ordinal);

    /// <summary>Checkpoints that could not be evaluated.</summary>
    public int Damaged => damaged.Count;

    /// <summary>One pass: returns when every pair is done, by this process or by another.</summary>
    public void Run(IReadOnlyList<CheckpointDirectory> checkpoints, CancellationToken cancellationToken)
    {
        var known = checkpoints.Where(IsReadable).ToList();
        if (known.Count > 0)
            CheckData(known[0]);
        var open = known
            .Select(c => (Checkpoint: c, Tasks: ledger.Missing(c)))
            .Where(c => c.Tasks.Count > 0 || ledger.LacksGroup(c.Checkpoint))
            .ToList();
        var pending = open.Sum(c => c.Tasks.Count);
        log.Started(checkpoints.Count, pending, (checkpoints.Count - damaged.Count) * ledger.Tasks.Count - pending);
        var done = 0;
        var waiting = false;
        while (open.Count > 0)
        {
            var worked = false;
            foreach (var (checkpoint, counted) in open.ToList())
            {
                cancellationToken.ThrowIfCancellationRequested();
                using var claim = Claim(checkpoint);
                if (claim is null)
                    continue;
                worked = true;
                Evaluate(checkpoint, task => log.Progressed((done + task) / Math.Max(1, pending)), cancellationToken);
                open.RemoveAll(c => c.Checkpoint == checkpoint);
                done += counted.Count;
                log.Progressed((double)done / Math.Max(1, pending));
            }
            if (worked || open.Count == 0)
                continue;
            if (!waiting)
                log.Waiting([.. open.Select(c => c.Checkpoint)]);
            waiting = true;
            cancellationToken.WaitHandle.WaitOne(TimeSpan.FromMilliseconds(500));
        }
    }

    /// <summary>Whether the checkpoint can be evaluated; the first time that it cannot, the log is told why.</summary>
    public bool IsReadable(CheckpointDirectory checkpoint)
    {
        if (ledger.Problem(checkpoint) is not { } problem)
            return true;
        if (damaged.Add(checkpoint.FullPath))
            log.Damaged(checkpoint, problem);
        return false;
    }

    /// <summary>Names everything that keeps tasks from being evaluated, before hours of work on the others.</summary>
    private void CheckData(CheckpointDirectory checkpoint)
    {
        var problems = new List<string>();
        foreach (var task in ledger.Tasks)
            try
            {
                ledger.Results.Read(checkpoint, task);
            }
            catch (LinearScalingException e)
            {
                problems.Add(e.Message);
            }
        if (problems.Count > 0)
            throw new LinearScalingException(string.Join('\n', problems.Distinct()));
    }

    private static FileLock? Claim(CheckpointDirectory checkpoint)
    {
        try
        {
            return FileLock.TryTake(Path.Combine(checkpoint.FullPath, "eval.lock"));
        }
        catch (DirectoryNotFoundException e)
        {
            throw new LinearScalingException($"{checkpoint.FullPath}: disappeared during the evaluation", e);
        }
    }

    private void Evaluate(CheckpointDirectory checkpoint, Action<double> progress, CancellationToken cancellationToken)
    {
        var pending = ledger.Missing(checkpoint); // again, now that no other process can add to it
        if (pending.Count > 0 && !Score(checkpoint, pending, progress, cancellationToken))
            return;
        foreach (var group in ledger.Groups)
            ledger.Results.AppendGroup(checkpoint, group, ledger.Tasks);
    }

    /// <returns>False for a damaged checkpoint.</returns>
    private bool Score(
        CheckpointDirectory checkpoint,
        IReadOnlyList<EvalTask> pending,
        Action<double> progress,
        CancellationToken cancellationToken
    )
    {
        var inputs = source.Inputs(checkpoint);
        OpenModel opened;
        try
        {
            opened = source.Open(checkpoint, inputs);
        }
        catch (LinearScalingException e)
        {
            ledger.Exclude(checkpoint, e.Message);
            return IsReadable(checkpoint);
        }
        using var resource = opened.Resource;
        for (var t = 0; t < pending.Count; t++)
        {
            var task = pending[t];
            log.Evaluating(checkpoint, task);
            var score = TaskScorer.Score(
                task,
                inputs,
                ItemsOf(task, inputs),
                opened.WithWindow(task.Window),
                share => progress(t + share),
                cancellationToken
            );
            if (ledger.KeepSamples || task.KeepsItems)
                ledger.Results.WriteSamples(checkpoint, score);
            ledger.Results.Append(checkpoint, score);
            log.Evaluated(checkpoint, score);
        }
        return true;
    }

    private IReadOnlyList<EvalItem> ItemsOf(EvalTask task, EvalInputs inputs)
    {
        if (!items.TryGetValue((task, inputs), out var found))
            items.Add((task, inputs), found = task.Items(inputs));
        return found;
    }
}
