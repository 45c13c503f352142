using LinearScaling.Evaluation.Requests;

namespace LinearScaling.Evaluation;

/// <summary>The values of one task on one model.</summary>
/// <param name="Items">Each item's samples, in the order of the task.</param>
public sealed record TaskScore(EvalTask Task, IReadOnlyList<MetricValue> Values, IReadOnlyList<ItemScore> Items)
{
    /// <summary>Items that the model answered with something that is not a finite number.</summary>
    public int NotFinite { get; } = Items.Count(i => !i.IsFinite);
}

/// <param name="N">Items behind the value.</param>
public sealed record MetricValue(string Metric, double Value, double? Stderr, long N);

/// <summary>One item with what was asked, answered and scored.</summary>
public sealed record ItemScore(
    EvalItem Item,
    IReadOnlyList<Answer> Answers,
    IReadOnlyDictionary<string, Sample> Samples
)
{
    /// <summary>Whether every answer has a finite log-likelihood; without it the item has no score.</summary>
    public bool IsFinite { get; } = Answers.All(a => double.IsFinite(a.LogLikelihood));
}

/// <summary>Asks a model a task's items and aggregates the answers.</summary>
public static class TaskScorer
{
    public static TaskScore Score(
        EvalTask task,
        EvalOptions options,
        IReadOnlyList<EvalItem> items,
        IEvaluatedModel model,
        Action<double>? progress = null,
        CancellationToken cancellationToken = default
    )
    {
        var answers = model.Answer([.. items.SelectMany(i => i.Requests)], progress ?? (_ => { }), cancellationToken);
        var scores = new List<ItemScore>(items.Count);
        var next = 0;
        foreach (var item in items)
        {
            Answer[] own = [.. answers.Skip(next).Take(item.Requests.Count)];
            next += own.Length;
            var score = new ItemScore(item, own, item.Score(own));
            scores.Add(
                score.IsFinite
                    ? score
                    : score with
                    {
                        Samples = score.Samples.ToDictionary(s => s.Key, s => s.Value with { Value = double.NaN }),
                    }
            );
        }
        return new(task, [.. task.Metrics(options).Select(m => Aggregate(m, scores))], scores);
    }

    private static MetricValue Aggregate(Metric metric, List<ItemScore> scores)
    {
        Sample[] samples =
        [
            .. scores.Where(s => s.Samples.ContainsKey(metric.Samples)).Select(s => s.Samples[metric.Samples]),
        ];
        if (samples.Length == 0)
            return new(metric.Name, double.NaN, null, 0);
        var (value, stderr) = metric.Aggregate(samples);
        return new(metric.Name, value, stderr, samples.Length);
    }
}
