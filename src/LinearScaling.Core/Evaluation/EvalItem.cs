using LinearScaling.Evaluation.Requests;

namespace LinearScaling.Evaluation;

/// <summary>One item of a task (a document, a question): what it asks, and how the answers become scores.</summary>
/// <param name="Id">The document's identity, stable between models: paired comparisons join on it.</param>
/// <param name="Requests">What the model is asked.</param>
/// <param name="Score">The item's samples by metric name, from the answers in the order of the requests.</param>
/// <param name="Document">The document it is about, where several items share one: their scores are not
/// independent.</param>
public sealed record EvalItem(
    string Id,
    IReadOnlyList<Request> Requests,
    Func<IReadOnlyList<Answer>, IReadOnlyDictionary<string, Sample>> Score,
    string? Document = null
);

/// <summary>One item's contribution to a metric: a value, and its weight where the metric is a ratio of sums.</summary>
public readonly record struct Sample(double Value, double Weight = 1);
