using System.IO.Hashing;
using System.Text;
using LinearScaling.Evaluation;
using LinearScaling.Runs;

namespace LinearScaling.Torch.Evaluation;

/// <summary>Results in eval.jsonl: what identifies one, which are there, and how one is written.</summary>
public static class EvalResults
{
    /// <summary>The directory whose eval.jsonl holds a checkpoint's results: its run's, or its own for an imported model.</summary>
    public static RunDirectory Of(CheckpointDirectory checkpoint) => checkpoint.Run ?? new RunDirectory(checkpoint.FullPath);

    /// <summary>The results of a task on a checkpoint's weights that eval.jsonl holds, one a metric.</summary>
    public static IReadOnlyList<EvalRecord> Held(IEnumerable<EvalRecord> records, string weightsHash, EvalTask task, EvalInputs inputs)
    {
        var settings = task.Settings(inputs);
        return [.. records
            .Where(r => r.WeightsHash == weightsHash && r.Task == task.Name && r.TaskVersion == task.Version
                && r.Settings.Count == settings.Count && settings.All(s => r.Settings.GetValueOrDefault(s.Key) == s.Value))
            .DistinctBy(r => r.Metric)];
    }

    /// <summary>Appends what is not held yet: a crash may have cut a task's lines in two.</summary>
    public static void Append(CheckpointDirectory checkpoint, EvalInputs inputs, TaskScore score)
    {
        var held = Held(Of(checkpoint).ReadEvals(), checkpoint.WeightsHash, score.Task, inputs).Select(r => r.Metric).ToHashSet(StringComparer.Ordinal);
        Append(checkpoint, inputs, score.Task.Name, score.Task.Version, score.Values.Where(v => !held.Contains(v.Metric)), score.Task.Settings(inputs));
    }

    /// <summary>Appends a group's mean when all its tasks are held and it is not. Its settings are the hash of theirs.</summary>
    public static void AppendGroup(CheckpointDirectory checkpoint, EvalInputs inputs, EvalGroup group, IReadOnlyList<EvalTask> tasks)
    {
        var weights = checkpoint.WeightsHash;
        var records = Of(checkpoint).ReadEvals();
        var parts = group.Tasks.Select(name => tasks.First(t => t.Name == name)).ToList();
        var values = parts.SelectMany(t => Held(records, weights, t, inputs)).ToDictionary(r => (r.Task, r.Metric), r => (r.Value, r.Stderr));
        if (!group.Parts.All(values.ContainsKey))
            return;
        if (Held(records, weights, group, tasks, inputs).Count > 0)
            return;
        var settings = new Dictionary<string, string> { [GroupKey] = TasksHash(group, tasks, inputs) };
        var (value, stderr) = group.Mean(p => values[p]);
        Append(checkpoint, inputs, group.Name, 1, [new(group.Name, value, stderr, group.Parts.Count)], settings);
    }

    /// <summary>The result of a group over the tasks as they are set, if eval.jsonl holds it.</summary>
    public static IReadOnlyList<EvalRecord> Held(IEnumerable<EvalRecord> records, string weightsHash, EvalGroup group, IReadOnlyList<EvalTask> tasks, EvalInputs inputs)
    {
        var hash = TasksHash(group, tasks, inputs);
        return [.. records.Where(r => r.WeightsHash == weightsHash && r.Task == group.Name && r.Settings.GetValueOrDefault(GroupKey) == hash).Take(1)];
    }

    /// <summary>The setting of a group: the versions and settings of its tasks, hashed.</summary>
    private const string GroupKey = "tasks";

    private static string TasksHash(EvalGroup group, IReadOnlyList<EvalTask> tasks, EvalInputs inputs)
    {
        var text = string.Join('\n', group.Tasks.Select(name => tasks.First(t => t.Name == name)).SelectMany(t => t.Settings(inputs).Select(s => $"{t.Name} {t.Version} {s.Key}={s.Value}")));
        return Convert.ToHexStringLower(XxHash128.Hash(Encoding.UTF8.GetBytes(text)));
    }

    /// <summary>The items of a task that an earlier evaluation kept, if they are of these weights.</summary>
    public static bool HasSamples(CheckpointDirectory checkpoint, EvalTask task) =>
        Of(checkpoint).ReadSamples(checkpoint.Name, task.Name) is { Count: > 0 } samples && samples[0].WeightsHash == checkpoint.WeightsHash;

    private static void Append(CheckpointDirectory checkpoint, EvalInputs inputs, string task, int version, IEnumerable<MetricValue> values, IReadOnlyDictionary<string, string> settings)
    {
        var tokens = File.Exists(checkpoint.StateFile) ? checkpoint.ReadState().Tokens : 0;
        var weights = checkpoint.WeightsHash;
        Of(checkpoint).AppendEvals([.. values.Select(v => new EvalRecord(checkpoint.Name, checkpoint.Step, tokens, weights,
            inputs.Tokenizer.Name, task, version, v.Metric, v.Value, v.Stderr, v.N, settings, Versions.Program))]);
    }

    public static void WriteSamples(CheckpointDirectory checkpoint, TaskScore score)
    {
        var weights = checkpoint.WeightsHash;
        Of(checkpoint).WriteSamples(checkpoint.Name, score.Task.Name, score.Items.Select(i => new SampleRecord(i.Item.Id, i.Item.Document ?? i.Item.Id, weights,
            i.Samples.ToDictionary(s => s.Key, s => s.Value.Value / s.Value.Weight), [.. i.Item.Requests.Zip(i.Answers, Sample)])));
    }

    private static SampleRequest Sample(Request request, Answer answer) => request switch
    {
        LogLikelihoodRequest r => new(r.Context, r.Continuation, answer.LogLikelihood, answer.IsGreedy, null),
        RollingRequest r => new(null, r.Text, answer.LogLikelihood, null, null),
        GenerationRequest r => new(r.Context, null, null, null, answer.Text),
        _ => new(null, null, answer.LogLikelihood, null, null),
    };
}
