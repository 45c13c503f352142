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
        var run = Of(checkpoint);
        var weights = checkpoint.WeightsHash;
        var held = Held(run.ReadEvals(), weights, score.Task, inputs).Select(r => r.Metric).ToHashSet(StringComparer.Ordinal);
        var tokens = File.Exists(checkpoint.StateFile) ? checkpoint.ReadState().Tokens : 0;
        var settings = score.Task.Settings(inputs);
        run.AppendEvals(score.Values.Where(v => !held.Contains(v.Metric)).Select(v => new EvalRecord(checkpoint.Name, checkpoint.Step, tokens, weights,
            inputs.Tokenizer.Name, score.Task.Name, score.Task.Version, v.Metric, v.Value, v.Stderr, v.N, settings, Versions.Program)));
    }

    public static void WriteSamples(CheckpointDirectory checkpoint, TaskScore score)
    {
        var weights = checkpoint.WeightsHash;
        Of(checkpoint).WriteSamples(checkpoint.Name, score.Task.Name, score.Items.Select(i => new SampleRecord(i.Item.Id, weights,
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
