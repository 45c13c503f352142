namespace LinearScaling.Input;

/// <summary>A long text as several documents, so that a book or a corpus in one file can be shuffled and
/// split.</summary>
internal static class TextPieces
{
    /// <summary>Longest document made of a plain text file, in UTF-16 units: about 16,000 tokens, twice the study's
    /// sequences.</summary>
    public const int MaxLength = 1 << 16;

    /// <summary>Pieces that joined give <paramref name="text"/>, cut where a paragraph ends, else where a line ends,
    /// else anywhere but inside a character.</summary>
    public static IEnumerable<string> Cut(string text)
    {
        var start = 0;
        while (text.Length - start > MaxLength)
        {
            var length = EndOfPiece(text.AsSpan(start, MaxLength));
            yield return text.Substring(start, length);
            start += length;
        }
        if (start < text.Length)
            yield return text[start..];
    }

    private static int EndOfPiece(ReadOnlySpan<char> text)
    {
        var half = text.Length / 2; // no piece is made tiny for the sake of a paragraph
        if (text[half..].LastIndexOf("\n\n") is >= 0 and var paragraph)
            return half + paragraph + 2;
        if (text[half..].LastIndexOf('\n') is >= 0 and var line)
            return half + line + 1;
        return char.IsHighSurrogate(text[^1]) ? text.Length - 1 : text.Length;
    }
}
