using LinearScaling.Text;

namespace LinearScaling.Torch.Decoding;

/// <summary>Continuations of texts.</summary>
/// <param name="Texts">One per prompt, up to where it stopped.</param>
/// <param name="Tokens">Tokens generated for all of them.</param>
public sealed record Continuations(IReadOnlyList<string> Texts, long Tokens);

/// <summary>Text in, text out, around a <see cref="Decoder"/>.</summary>
public static class TextDecoding
{
    /// <summary>Continues texts; each starts with the tokenizer's beginning token where it has one, and an empty one
    /// with the end-of-text token otherwise.</summary>
    /// <exception cref="LinearScalingException">The model's logits are not numbers.</exception>
    /// <param name="stop">Strings that end a continuation, besides the end-of-text token; they are left out of
    /// it.</param>
    public static Continuations Continue(
        this Decoder decoder,
        Tokenizer tokenizer,
        IReadOnlyList<string> prompts,
        int maxTokens,
        IReadOnlyList<string> stop,
        CancellationToken cancellationToken
    )
    {
        var rule = new StopRule(tokenizer, stop);
        var tokens = decoder.Continue(
            [.. prompts.Select(p => Ids(tokenizer, p))],
            maxTokens,
            rule.Reached,
            cancellationToken
        );
        var texts = tokens.Select((t, i) => t ?? throw DecodingMistakes.NotFinite(prompts[i])).ToList();
        return new([.. texts.Select(rule.Text)], texts.Sum(t => (long)t.Length));
    }

    private static int[] Ids(Tokenizer tokenizer, string text)
    {
        int[] ids = tokenizer.BosId is { } begin ? [begin, .. tokenizer.Encode(text)] : tokenizer.Encode(text);
        return ids.Length > 0 ? ids : [tokenizer.EndOfText];
    }
}
