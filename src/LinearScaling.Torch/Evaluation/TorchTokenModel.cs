using LinearScaling.Evaluation.Requests;
using LinearScaling.Torch.Architectures;
using LinearScaling.Torch.Decoding;

namespace LinearScaling.Torch.Evaluation;

/// <summary>
/// A <see cref="LanguageModel"/> that scores and continues token sequences. A context with several continuations runs
/// once, and so does a beginning that many contexts share (few-shot examples): what follows goes on from the recurrent
/// state or KV cache.
/// </summary>
/// <param name="seqLen">Sequence length of training.</param>
/// <param name="batchTokens">Tokens, padding included, that go through the model at once; a longer row goes
/// alone.</param>
/// <param name="resetAfter">The token after which the model starts afresh, as it did in training; then every row runs
/// as a whole.</param>
/// <param name="shareContext">False: every continuation runs with its own copy of the context, for comparison; the
/// scores are the same.</param>
public sealed class TorchTokenModel(
    LanguageModel model,
    int seqLen,
    int batchTokens = 8192,
    bool shareContext = true,
    int? resetAfter = null
) : ITokenModel
{
    private readonly SequenceScorer scorer = new(model, resetAfter);

    public int SeqLen => seqLen;

    public IReadOnlyList<SequenceScore> Score(
        IReadOnlyList<ScoredSequence> sequences,
        Action<double> progress,
        CancellationToken cancellationToken
    )
    {
        using var guard = no_grad();
        var scores = new SequenceScore[sequences.Count];
        Array.Fill(scores, new(0, true));
        var plan = new ScoringPlan(batchTokens, model.Config.State).Make(sequences, shareContext && resetAfter is null);
        var total = plan.Sum(f => f.Tokens);
        var done = 0L;
        foreach (var family in plan)
        {
            using var prefix = family.Prefix.Length > 0 ? scorer.Prefix(family.Prefix) : null;
            done += family.Prefix.Length;
            foreach (var batch in family.Batches)
            {
                cancellationToken.ThrowIfCancellationRequested();
                scorer.Score(batch, prefix, sequences, scores);
                progress((double)(done += family.TokensOf(batch)) / total);
            }
        }
        return scores;
    }

    public IReadOnlyList<int[]?> Generate(
        IReadOnlyList<TokenPrompt> prompts,
        Action<double> progress,
        CancellationToken cancellationToken
    ) => new Decoder(model, new Sampling(), batchTokens: batchTokens).Continue(prompts, progress, cancellationToken);
}
