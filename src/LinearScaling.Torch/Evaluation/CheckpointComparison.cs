using LinearScaling.Evaluation;
using LinearScaling.Runs;

namespace LinearScaling.Torch.Evaluation;

/// <summary>Two evaluated checkpoints side by side, from the items that their evaluations kept.</summary>
public static class CheckpointComparison
{
    /// <summary>The difference in every metric that items have of their own.</summary>
    public static IReadOnlyList<(string Task, string Metric, PairedComparison Result)> Of(
        CheckpointDirectory a,
        CheckpointDirectory b,
        IReadOnlyList<EvalTask> tasks
    ) => [.. tasks.SelectMany(t => Of(a, b, t.Name))];

    private static IEnumerable<(string, string, PairedComparison)> Of(
        CheckpointDirectory a,
        CheckpointDirectory b,
        string task
    )
    {
        var (left, right) = (EvalResults.Of(a).ReadSamples(a.Name, task), EvalResults.Of(b).ReadSamples(b.Name, task));
        var documents = left.ToDictionary(s => s.Id, s => s.Document, StringComparer.Ordinal);
        foreach (var metric in left.SelectMany(s => s.Scores.Keys).Distinct())
            yield return (
                task,
                metric,
                PairedComparison.Of(Scores(left, metric), Scores(right, metric), id => documents[id])
            );
    }

    private static Dictionary<string, double> Scores(IReadOnlyList<SampleRecord> samples, string metric) =>
        samples
            .Where(s => s.Scores.ContainsKey(metric))
            .ToDictionary(s => s.Id, s => s.Scores[metric], StringComparer.Ordinal);
}
