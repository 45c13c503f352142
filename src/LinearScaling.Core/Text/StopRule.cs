namespace LinearScaling.Text;

/// <summary>When a continuation ends before its last allowed token: at the end-of-text token, or with one of some
/// strings.</summary>
public sealed class StopRule(Tokenizer tokenizer, IReadOnlyList<string> strings)
{
    /// <summary>A string lies within so many last tokens: each token but special ones has at least one byte; a few more
    /// allow for those.</summary>
    private readonly int window =
        strings.Count == 0 ? 0 : strings.Max(s => System.Text.Encoding.UTF8.GetByteCount(s)) + 4;

    public bool Reached(IReadOnlyList<int> generated) =>
        generated[^1] == tokenizer.EndOfText
        || (strings.Count > 0 && Find(tokenizer.Decode([.. generated.Skip(generated.Count - window)])) >= 0);

    /// <summary>A continuation's text, up to where the rule ended it.</summary>
    public string Text(IReadOnlyList<int> generated)
    {
        var text = tokenizer.Decode([
            .. generated.Count > 0 && generated[^1] == tokenizer.EndOfText ? generated.SkipLast(1) : generated,
        ]);
        return Find(text) is >= 0 and var end ? text[..end] : text;
    }

    private int Find(string text) =>
        strings.Select(s => text.IndexOf(s, StringComparison.Ordinal)).Where(i => i >= 0).DefaultIfEmpty(-1).Min();
}
