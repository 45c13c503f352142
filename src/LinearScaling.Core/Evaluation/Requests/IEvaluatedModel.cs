namespace LinearScaling.Evaluation.Requests;

/// <summary>What a model must do to be evaluated: answer three kinds of request. It knows nothing of tasks.</summary>
public interface IEvaluatedModel
{
    /// <summary>Answers in the order of <paramref name="requests"/>, in whatever order they were computed.</summary>
    /// <param name="requests">Any mixture of kinds.</param>
    /// <param name="progress">Told the share of the work done, 0 to 1, now and then.</param>
    IReadOnlyList<Answer> Answer(
        IReadOnlyList<Request> requests,
        Action<double> progress,
        CancellationToken cancellationToken
    );
}
