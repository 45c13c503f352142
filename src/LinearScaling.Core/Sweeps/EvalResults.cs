using LinearScaling.Evaluation;
using LinearScaling.Evaluation.Requests;
using LinearScaling.Files;
using LinearScaling.Runs;

namespace LinearScaling.Sweeps;

/// <summary>
/// Results in runs' eval.jsonl files: what identifies one, which are there, and how one is written. A file is read
/// again only when it has changed, so that a thousand finished checkpoints are passed over in seconds.
/// </summary>
public sealed class EvalResults(ICheckpointInputs source)
{
    /// <summary>The setting of a group: the versions and settings of its tasks, hashed.</summary>
    private const string GroupKey = "tasks";

    private readonly Dictionary<string, ((DateTime, long) Stamp, ILookup<string, EvalRecord> ByWeights)> files = new(
        StringComparer.Ordinal
    );
    private readonly Dictionary<(EvalTask, EvalInputs), IReadOnlyDictionary<string, string>> settings = [];

    /// <summary>The directory whose eval.jsonl holds a checkpoint's results: its run's, or its own for an imported
    /// model.</summary>
    public static RunDirectory FindRun(CheckpointDirectory checkpoint) =>
        checkpoint.Run ?? new RunDirectory(checkpoint.FullPath);

    /// <summary>The results of a task on a checkpoint's weights, one per metric.</summary>
    public IReadOnlyList<EvalRecord> Read(CheckpointDirectory checkpoint, EvalTask task)
    {
        var wanted = Settings(checkpoint, task);
        return
        [
            .. Records(checkpoint)
                .Where(r =>
                    r.Task == task.Name
                    && r.TaskVersion == task.Version
                    && r.Settings.Count == wanted.Count
                    && wanted.All(s => r.Settings.GetValueOrDefault(s.Key) == s.Value)
                )
                .DistinctBy(r => r.Metric),
        ];
    }

    /// <summary>The result of a group over the tasks as they are set, if it is there.</summary>
    public EvalRecord? Find(CheckpointDirectory checkpoint, EvalGroup group, IReadOnlyList<EvalTask> tasks)
    {
        var hash = TasksHash(checkpoint, group, tasks);
        return Records(checkpoint)
            .FirstOrDefault(r => r.Task == group.Name && r.Settings.GetValueOrDefault(GroupKey) == hash);
    }

    /// <summary>Whether every metric of a task is there.</summary>
    public bool HasAll(CheckpointDirectory checkpoint, EvalTask task) =>
        Read(checkpoint, task).Count >= task.Metrics(source.Inputs(checkpoint)).Count;

    /// <summary>Whether the items of a task that an earlier evaluation kept are of these weights and
    /// settings.</summary>
    public bool HasSamples(CheckpointDirectory checkpoint, EvalTask task) =>
        FindRun(checkpoint).FirstSample(checkpoint.Name, task.Name) is { } sample
        && sample.WeightsHash == checkpoint.WeightsHash
        && sample.SettingsHash == SettingsHash(checkpoint, task);

    /// <summary>Appends the metrics that are missing: a crash may have left some of a task's lines.</summary>
    public void Append(CheckpointDirectory checkpoint, TaskScore score)
    {
        var there = Read(checkpoint, score.Task).Select(r => r.Metric).ToHashSet(StringComparer.Ordinal);
        Append(
            checkpoint,
            score.Task.Name,
            score.Task.Version,
            score.Values.Where(v => !there.Contains(v.Metric)),
            Settings(checkpoint, score.Task)
        );
    }

    /// <summary>Appends a group's mean when all its tasks are there, with finite values, and it is not. Its settings
    /// are the hash of theirs.</summary>
    public void AppendGroup(CheckpointDirectory checkpoint, EvalGroup group, IReadOnlyList<EvalTask> tasks)
    {
        var values = Members(group, tasks)
            .SelectMany(t => Read(checkpoint, t))
            .ToDictionary(r => (r.Task, r.Metric), r => (r.Value, r.Stderr));
        if (
            !group.Parts.All(p => values.TryGetValue((p.Task, p.Metric), out var part) && double.IsFinite(part.Value))
            || Find(checkpoint, group, tasks) is not null
        )
            return;
        var (value, stderr) = group.Mean(p => values[p]);
        Append(
            checkpoint,
            group.Name,
            1,
            [new(group.Name, value, stderr, group.Numbers)],
            new Dictionary<string, string> { [GroupKey] = TasksHash(checkpoint, group, tasks) }
        );
    }

    /// <summary>Writes the items of a task over those kept before.</summary>
    public void WriteSamples(CheckpointDirectory checkpoint, TaskScore score)
    {
        var (weights, hash, metrics) = (
            checkpoint.WeightsHash,
            SettingsHash(checkpoint, score.Task),
            score.Task.Metrics(source.Inputs(checkpoint))
        );
        FindRun(checkpoint)
            .WriteSamples(
                checkpoint.Name,
                score.Task.Name,
                score.Items.Select(i => new SampleRecord(
                    i.Item.Id,
                    i.Item.Document ?? i.Item.Id,
                    weights,
                    hash,
                    i.Samples.Select(s =>
                            metrics.FirstOrDefault(m => m.Samples == s.Key)?.OfItem(s.Value)
                            ?? (s.Key, s.Value.Value / s.Value.Weight)
                        )
                        .ToDictionary(),
                    [.. i.Item.Requests.Zip(i.Answers, Sample)]
                ))
            );
    }

    private IEnumerable<EvalRecord> Records(CheckpointDirectory checkpoint)
    {
        var run = FindRun(checkpoint);
        var stamp = run.EvalsStamp;
        if (!files.TryGetValue(run.FullPath, out var known) || known.Stamp != stamp)
            files[run.FullPath] = known = (stamp, run.ReadEvals().ToLookup(r => r.WeightsHash, StringComparer.Ordinal));
        return known.ByWeights[checkpoint.WeightsHash];
    }

    private void Append(
        CheckpointDirectory checkpoint,
        string task,
        int version,
        IEnumerable<MetricValue> values,
        IReadOnlyDictionary<string, string> taskSettings
    )
    {
        var tokens = checkpoint.Tokens;
        var (weights, tokenizer) = (checkpoint.WeightsHash, source.Inputs(checkpoint).Tokenizer.Name);
        FindRun(checkpoint)
            .AppendEvals([
                .. values.Select(v => new EvalRecord(
                    checkpoint.Name,
                    checkpoint.Step,
                    tokens,
                    weights,
                    tokenizer,
                    task,
                    version,
                    v.Metric,
                    v.Value,
                    v.Stderr,
                    v.N,
                    taskSettings,
                    Versions.Program
                )),
            ]);
    }

    /// <summary>A task's settings for a checkpoint; settings that checkpoints share are computed once.</summary>
    private IReadOnlyDictionary<string, string> Settings(CheckpointDirectory checkpoint, EvalTask task)
    {
        var inputs = source.Inputs(checkpoint);
        if (!settings.TryGetValue((task, inputs), out var found))
            settings.Add((task, inputs), found = task.Settings(inputs));
        return found;
    }

    private string SettingsHash(CheckpointDirectory checkpoint, EvalTask task) => Hash(Lines(checkpoint, task));

    private string TasksHash(CheckpointDirectory checkpoint, EvalGroup group, IReadOnlyList<EvalTask> tasks) =>
        Hash(Members(group, tasks).SelectMany(t => Lines(checkpoint, t)));

    private IEnumerable<string> Lines(CheckpointDirectory checkpoint, EvalTask task) =>
        Settings(checkpoint, task).Select(s => $"{task.Name} {task.Version} {s.Key}={s.Value}");

    private static string Hash(IEnumerable<string> lines) => Checksum.Compute(string.Join('\n', lines));

    private static IEnumerable<EvalTask> Members(EvalGroup group, IReadOnlyList<EvalTask> tasks) =>
        group.Tasks.Select(name => tasks.First(t => t.Name == name));

    private static SampleRequest Sample(Request request, Answer answer) =>
        request switch
        {
            LogLikelihoodRequest r => new(r.Context, r.Continuation, answer.LogLikelihood, answer.IsGreedy, null),
            RollingRequest r => new(null, r.Text, answer.LogLikelihood, null, null),
            GenerationRequest r => new(r.Context, null, null, null, answer.Text),
            _ => new(null, null, answer.LogLikelihood, null, null),
        };
}
