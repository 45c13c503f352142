namespace LinearScaling.Text.Splitting;

/// <summary>cl100k's pieces, which LLaMA 3 shares: <c>(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|
/// ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+</c>.</summary>
internal sealed class Cl100kSplitter : Splitter
{
    /// <summary>The rule as tokenizer files write it.</summary>
    public const string Pattern =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
        + @"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    public override int End(ReadOnlySpan<char> text, int start)
    {
        if (text[start] == '\'' && Contraction(text[(start + 1)..]) is > 0 and var letters)
            return start + 1 + letters;
        var kind = CharClasses.At(text, start, out var length);
        if (kind == CharClass.Letter)
            return Run(text, start, CharClass.Letter);
        if (kind == CharClass.Number)
            return Run(text, start, CharClass.Number, most: 3);
        var next = start + length;
        if (
            text[start] is not ('\r' or '\n')
            && next < text.Length
            && CharClasses.At(text, next, out _) == CharClass.Letter
        )
            return Run(text, next, CharClass.Letter);
        var other = text[start] == ' ' ? next : start;
        if (other < text.Length && CharClasses.At(text, other, out _) == CharClass.Other)
        {
            var end = Run(text, other, CharClass.Other);
            while (end < text.Length && text[end] is '\r' or '\n')
                end++;
            return end;
        }
        var spaces = Run(text, start, CharClass.Space);
        var line = text[start..spaces].LastIndexOfAny('\r', '\n');
        return line >= 0 ? start + line + 1 : Spaces(text, start, spaces);
    }

    /// <summary>Length of s, t, re, ve, m, ll or d in either case; ſ (U+017F) is an s in lower case.</summary>
    private static int Contraction(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty)
            return 0;
        if (text[0] is 's' or 'S' or 'ſ' or 't' or 'T' or 'm' or 'M' or 'd' or 'D')
            return 1;
        return text.Length > 1 && (text[0] | 0x20, text[1] | 0x20) is ('r', 'e') or ('v', 'e') or ('l', 'l') ? 2 : 0;
    }
}
