using LinearScaling.Evaluation;
using LinearScaling.Runs;

namespace LinearScaling.Sweeps;

/// <summary>Two evaluated checkpoints side by side, from the items that their evaluations kept.</summary>
public static class CheckpointComparison
{
    /// <summary>The difference in every metric that items have of their own.</summary>
    public static IReadOnlyList<(string Task, string Metric, PairedComparison Result)> Compare(
        CheckpointDirectory a,
        CheckpointDirectory b,
        IReadOnlyList<EvalTask> tasks
    ) => [.. tasks.SelectMany(t => Compare(a, b, t.Name))];

    private static IEnumerable<(string, string, PairedComparison)> Compare(
        CheckpointDirectory a,
        CheckpointDirectory b,
        string task
    )
    {
        var (left, right) = (
            EvalResults.FindRun(a).ReadSamples(a.Name, task),
            EvalResults.FindRun(b).ReadSamples(b.Name, task)
        );
        var documents = left.ToDictionary(s => s.Id, s => s.Document, StringComparer.Ordinal);
        foreach (var metric in left.SelectMany(s => s.Scores.Keys).Distinct())
            yield return (
                task,
                metric,
                PairedComparison.Compare(Scores(left, metric), Scores(right, metric), id => documents[id])
            );
    }

    private static Dictionary<string, double> Scores(IReadOnlyList<SampleRecord> samples, string metric) =>
        samples
            .Where(s => s.Scores.ContainsKey(metric))
            .ToDictionary(s => s.Id, s => s.Scores[metric], StringComparer.Ordinal);
}
