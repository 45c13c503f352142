namespace LinearScaling.Text.Splitting;

/// <summary>GPT-2's pieces: <c>'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+|
/// ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+</c>.</summary>
internal sealed class Gpt2Splitter : Splitter
{
    public override int End(ReadOnlySpan<char> text, int start)
    {
        if (text[start] == '\'' && start + 1 < text.Length)
        {
            var rest = text[(start + 1)..];
            if (rest[0] is 's' or 't' or 'm' or 'd')
                return start + 2;
            if (rest.StartsWith("re") || rest.StartsWith("ve") || rest.StartsWith("ll"))
                return start + 3;
        }
        var first = text[start] == ' ' && start + 1 < text.Length ? start + 1 : start;
        var kind = CharClasses.At(text, first, out _);
        return kind == CharClass.Space
            ? Spaces(text, start, Run(text, start, CharClass.Space))
            : Run(text, first, kind);
    }
}
