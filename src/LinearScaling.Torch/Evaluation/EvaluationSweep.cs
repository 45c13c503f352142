using LinearScaling.Evaluation;
using LinearScaling.Evaluation.Tasks;
using LinearScaling.Files;
using LinearScaling.Runs;

namespace LinearScaling.Torch.Evaluation;

/// <summary>A model ready to answer, and what must be released afterwards.</summary>
/// <param name="WithWindow">The model with inputs of so many tokens at most; null is its sequence length of
/// training.</param>
public sealed record OpenModel(Func<int?, IEvaluatedModel> WithWindow, IDisposable Resource);

/// <summary>Where a sweep gets what it needs to know of a checkpoint, and the model itself.</summary>
public interface ICheckpointSource
{
    /// <summary>Reads what says which model it is: its seal and its card.</summary>
    /// <exception cref="LinearScalingException">One of them is damaged.</exception>
    void Check(CheckpointDirectory checkpoint);

    /// <summary>What tasks take their items from on this checkpoint. Cheap: called for finished checkpoints
    /// too.</summary>
    EvalInputs Inputs(CheckpointDirectory checkpoint);

    /// <summary>Loads the weights.</summary>
    /// <exception cref="LinearScalingException">The checkpoint is damaged.</exception>
    OpenModel Open(CheckpointDirectory checkpoint, EvalInputs inputs);
}

/// <summary>What a sweep tells while it runs.</summary>
public interface ISweepLog
{
    /// <param name="pending">(checkpoint, task) pairs to do.</param>
    /// <param name="finished">Pairs that eval.jsonl already holds.</param>
    void Started(int checkpoints, int pending, int finished);

    void Evaluating(CheckpointDirectory checkpoint, EvalTask task);

    /// <param name="share">Of all pending pairs, the part done by whoever did it, 0 to 1.</param>
    void Progressed(double share);

    void Evaluated(CheckpointDirectory checkpoint, TaskScore score);

    void Damaged(CheckpointDirectory checkpoint, string problem);
}

/// <summary>
/// Every task on every checkpoint, each pair once: results are known by weights, tokenizer, task version and settings,
/// never by path. Several processes may sweep the same directory: each locks the checkpoint it works on, and the system
/// takes the lock of a process that died.
/// </summary>
/// <param name="groups">Means that are added once all their tasks are there.</param>
/// <param name="keepSamples">Keeps every item; a needle's grid is kept in any case.</param>
public sealed class EvaluationSweep(
    IReadOnlyList<EvalTask> tasks,
    ICheckpointSource source,
    ISweepLog log,
    IReadOnlyList<EvalGroup>? groups = null,
    bool keepSamples = false
)
{
    private readonly Dictionary<(EvalTask, EvalInputs), IReadOnlyList<EvalItem>> items = [];
    private readonly HashSet<string> damaged = new(StringComparer.Ordinal);
    private readonly Dictionary<string, bool> readable = new(StringComparer.Ordinal);

    /// <summary>What the runs hold.</summary>
    public EvalResults Results { get; } = new(source);

    /// <summary>Checkpoints that could not be evaluated.</summary>
    public int Damaged => damaged.Count;

    /// <summary>One pass: returns when every pair is done, by this process or by another.</summary>
    public void Run(IReadOnlyList<CheckpointDirectory> checkpoints, CancellationToken cancellationToken)
    {
        var known = checkpoints.Where(IsReadable).ToList();
        if (known.Count > 0)
            CheckData(known[0]);
        var open = known
            .Select(c => (Checkpoint: c, Tasks: Pending(c)))
            .Where(c => c.Tasks.Count > 0 || LacksGroup(c.Checkpoint))
            .ToList();
        var pending = open.Sum(c => c.Tasks.Count);
        log.Started(checkpoints.Count, pending, (checkpoints.Count - damaged.Count) * tasks.Count - pending);
        var done = 0;
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
            if (!worked && open.Count > 0)
                cancellationToken.WaitHandle.WaitOne(TimeSpan.FromMilliseconds(500)); // others work on what is left
        }
    }

    /// <summary>Whether it is known which model a checkpoint is; one of which it is not has no results, and counts as
    /// damaged.</summary>
    public bool IsReadable(CheckpointDirectory checkpoint)
    {
        if (!readable.TryGetValue(checkpoint.FullPath, out var known))
        {
            try
            {
                source.Check(checkpoint);
                known = true;
            }
            catch (LinearScalingException e)
            {
                damaged.Add(checkpoint.FullPath);
                log.Damaged(checkpoint, e.Message);
            }
            readable.Add(checkpoint.FullPath, known);
        }
        return known;
    }

    /// <summary>The tasks whose results the checkpoint's run does not hold yet; none for a damaged
    /// checkpoint.</summary>
    public IReadOnlyList<EvalTask> Pending(CheckpointDirectory checkpoint) =>
        !IsReadable(checkpoint) || damaged.Contains(checkpoint.FullPath)
            ? []
            :
            [
                .. tasks.Where(t =>
                    !Results.Holds(checkpoint, t) || (keepSamples && !Results.HoldsSamples(checkpoint, t))
                ),
            ];

    /// <summary>Names at once whatever keeps tasks from being evaluated, before hours of work on the others.</summary>
    private void CheckData(CheckpointDirectory checkpoint)
    {
        var problems = new List<string>();
        foreach (var task in tasks)
            try
            {
                Results.Held(checkpoint, task);
            }
            catch (LinearScalingException e)
            {
                problems.Add(e.Message);
            }
        if (problems.Count > 0)
            throw new LinearScalingException(string.Join('\n', problems.Distinct()));
    }

    /// <summary>Whether a mean is missing whose tasks may all be there: asked for later than they, or lost to a
    /// crash.</summary>
    private bool LacksGroup(CheckpointDirectory checkpoint) =>
        groups is not null
        && !damaged.Contains(checkpoint.FullPath)
        && groups.Any(g => Results.Held(checkpoint, g, tasks).Count == 0);

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
        var pending = Pending(checkpoint); // again, now that no other process can add to it
        if (pending.Count > 0 && !Score(checkpoint, pending, progress, cancellationToken))
            return;
        foreach (var group in groups ?? [])
            Results.AppendGroup(checkpoint, group, tasks);
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
            damaged.Add(checkpoint.FullPath);
            log.Damaged(checkpoint, e.Message);
            return false;
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
            if (keepSamples || task is NeedleTask)
                Results.WriteSamples(checkpoint, score);
            Results.Append(checkpoint, score);
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
