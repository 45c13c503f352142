using LinearScaling.Evaluation.Scores;

namespace LinearScaling.Evaluation.Requests;

/// <summary>Requests to token sequences, exactly as lm-evaluation-harness cuts, truncates and windows them.</summary>
/// <param name="encode">Text to token ids, without special tokens.</param>
/// <param name="prefixToken">Stands where there is no context: the beginning-of-text token, else the end-of-text
/// token.</param>
/// <param name="maxLength">The longest input, in tokens; what is longer loses its left end.</param>
/// <param name="begin">Whether the prefix token stands before contexts too, as it does for tokenizers that begin every
/// text with theirs.</param>
public sealed class RequestEncoder(
    Func<string, IReadOnlyList<int>> encode,
    int prefixToken,
    int maxLength,
    bool begin = false
)
{
    private readonly int[] start = begin ? [prefixToken] : [];

    /// <summary>The sequence of a context and its continuation.</summary>
    /// <exception cref="LinearScalingException">No token of the continuation is left to score: a sum over none would be
    /// 0, more than any other continuation can have.</exception>
    /// <remarks>
    /// White space at the end of the context belongs to the continuation. The continuation's tokens are what the whole
    /// text has after as many tokens as the context alone has: where a token spans the border, the cut is by that
    /// count.
    /// </remarks>
    public ScoredSequence Encode(LogLikelihoodRequest request)
    {
        if (request.Context.Length == 0)
        {
            var alone = encode(request.Continuation);
            if (alone.Count == 0)
                throw EvaluationMistakes.NothingToScore(request.Context, request.Continuation);
            return alone.Count > 0 && alone[0] == prefixToken
                ? Cut([.. alone], alone.Count - 1)
                : Cut([prefixToken, .. alone], alone.Count);
        }
        var context = PythonText.TrimEnd(request.Context);
        int[] whole = [.. start, .. encode(request.Context + request.Continuation)];
        var contextTokens = start.Length + (context.Length == 0 ? 0 : encode(context).Count);
        if (whole.Length <= contextTokens)
            throw EvaluationMistakes.NothingToScore(request.Context, request.Continuation);
        return contextTokens == 0
            ? Cut([prefixToken, .. whole], whole.Length)
            : Cut(whole, whole.Length - contextTokens);
    }

    /// <summary>Windows that together score every token of the document once; each but the first has at least one token
    /// of context.</summary>
    public IReadOnlyList<ScoredSequence> Windows(RollingRequest request)
    {
        int[] tokens = [prefixToken, .. encode(request.Text)];
        return Windows(tokens, tokens.Length - 1);
    }

    /// <summary>Windows over the last <paramref name="count"/> tokens of a sequence.</summary>
    public IReadOnlyList<ScoredSequence> Windows(int[] tokens, int count)
    {
        var windows = new List<ScoredSequence>();
        for (var scored = tokens.Length - count; scored < tokens.Length; )
        {
            var end = Math.Min(tokens.Length, scored + maxLength);
            windows.Add(new(tokens[Math.Max(0, end - maxLength - 1)..end], end - scored));
            scored = end;
        }
        return windows;
    }

    /// <summary>A prompt's tokens, cut on the left so that <paramref name="newTokens"/> more fit.</summary>
    public int[] Prompt(string context, int newTokens)
    {
        int[] tokens = [.. start, .. encode(context)];
        if (tokens.Length == 0)
            return [prefixToken];
        var room = Math.Max(1, maxLength - newTokens);
        return tokens.Length > room ? tokens[^room..] : tokens;
    }

    private ScoredSequence Cut(int[] tokens, int scored)
    {
        var kept = tokens.Length > maxLength + 1 ? tokens[^(maxLength + 1)..] : tokens;
        return new(kept, Math.Min(scored, kept.Length - 1));
    }
}
