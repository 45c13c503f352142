namespace LinearScaling.Evaluation.Requests;

/// <summary>A language model as evaluation sees it: token ids in, log-likelihoods or token ids out.</summary>
public interface ITokenModel
{
    /// <summary>Tokens predicted a sequence in training: the default window.</summary>
    int SeqLen { get; }

    /// <summary>Scores every sequence. Neither order nor batching changes a score.</summary>
    /// <returns>In the order of <paramref name="sequences"/>.</returns>
    IReadOnlyList<SequenceScore> Score(
        IReadOnlyList<ScoredSequence> sequences,
        Action<double> progress,
        CancellationToken cancellationToken
    );

    /// <summary>Continues every prompt with the likeliest token until <see cref="TokenPrompt.Stop"/> says so or its
    /// budget is spent.</summary>
    /// <returns>In the order of <paramref name="prompts"/>; null where the model's logits are not numbers.</returns>
    IReadOnlyList<int[]?> Generate(
        IReadOnlyList<TokenPrompt> prompts,
        Action<double> progress,
        CancellationToken cancellationToken
    );
}

/// <summary>Token ids of which the last <paramref name="Scored"/> are scored, each given everything before
/// it.</summary>
public sealed record ScoredSequence(int[] Tokens, int Scored);

/// <param name="LogLikelihood">Sum over the scored tokens, nats.</param>
/// <param name="IsGreedy">Each of them had the highest probability.</param>
public readonly record struct SequenceScore(double LogLikelihood, bool IsGreedy);

/// <summary>Token ids to continue.</summary>
/// <param name="Stop">Whether to end after the tokens generated so far; those are returned.</param>
public sealed record TokenPrompt(int[] Tokens, int MaxTokens, Func<IReadOnlyList<int>, bool> Stop);
