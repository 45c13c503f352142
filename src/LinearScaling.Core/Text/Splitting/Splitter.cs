namespace LinearScaling.Text.Splitting;

/// <summary>A rule that cuts text into the pieces within which byte pairs are merged.</summary>
internal abstract class Splitter
{
    /// <summary>The end of the piece that begins at <paramref name="start"/>.</summary>
    public abstract int End(ReadOnlySpan<char> text, int start);

    /// <summary>The first character from <paramref name="start"/> on that is not of the class, or after
    /// <paramref name="most"/> of them.</summary>
    protected static int Run(ReadOnlySpan<char> text, int start, CharClass wanted, int most = int.MaxValue)
    {
        for (; start < text.Length && most > 0 && CharClasses.At(text, start, out var length) == wanted; most--)
            start += length;
        return start;
    }

    /// <summary>The end of white space at <paramref name="start"/>, which leaves its last character to a word that
    /// follows: <c>\s+(?!\S)|\s+</c>.</summary>
    protected static int Spaces(ReadOnlySpan<char> text, int start, int end) =>
        end == text.Length || end - start == 1 ? end : end - 1;
}
