using System.Text;

namespace LinearScaling.Input;

/// <summary>A text or Markdown file in UTF-16, as its byte order mark says: read as a whole.</summary>
internal sealed record Utf16Part(string File, long TextBytes) : InputPart(File, TextBytes)
{
    /// <summary>The text has to fit into one string.</summary>
    public const long MostBytes = 1L << 30;

    /// <summary>Whether a file begins with the mark of UTF-16.</summary>
    public static bool Is(string file)
    {
        using var stream = System.IO.File.OpenRead(file);
        Span<byte> mark = stackalloc byte[4];
        var read = mark[..stream.ReadAtLeast(mark, mark.Length, throwOnEndOfStream: false)];
        return (read.StartsWith(Encoding.Unicode.Preamble) && !read.StartsWith(Encoding.UTF32.Preamble))
            || read.StartsWith(Encoding.BigEndianUnicode.Preamble);
    }

    public override IEnumerable<string> Documents()
    {
        using var reader = new StreamReader(File, Encoding.Unicode, detectEncodingFromByteOrderMarks: true);
        return TextPieces.Cut(reader.ReadToEnd());
    }
}
