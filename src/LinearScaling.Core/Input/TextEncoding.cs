using System.Text;

namespace LinearScaling.Input;

/// <summary>The encodings of text files, by the names that the Internet registers for them.</summary>
public static class TextEncoding
{
    /// <summary>The mark of UTF-32 begins as that of UTF-16 does.</summary>
    private static readonly Encoding[] Marked =
    [
        Encoding.UTF8,
        Encoding.UTF32,
        Encoding.Unicode,
        Encoding.BigEndianUnicode,
    ];

    /// <exception cref="LinearScalingException">There is no encoding of that name.</exception>
    public static Encoding Parse(string name)
    {
        Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
        try
        {
            return Encoding.GetEncoding(name);
        }
        catch (ArgumentException e)
        {
            throw InputMistakes.UnknownEncoding(name, e);
        }
    }

    /// <summary>What a file's byte order mark says, else what is stated; null is UTF-8.</summary>
    /// <exception cref="LinearScalingException">Nothing is stated, and the bytes are those of no text in
    /// UTF-8.</exception>
    internal static Encoding Detect(string file, Encoding? stated)
    {
        using var stream = File.OpenRead(file);
        Span<byte> head = stackalloc byte[1024];
        var read = head[..stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)];
        foreach (var encoding in Marked)
            if (read.StartsWith(encoding.Preamble))
                return encoding;
        // UTF-8 takes a zero byte for a character; text in UTF-16 without a mark has one in every second place
        if (stated is null && InputFiles.IsPlainText(file) && 20 * read.Count((byte)0) > read.Length)
            throw InputMistakes.ZeroBytes(file);
        return stated ?? Encoding.UTF8;
    }

    /// <summary>Whether a file in it can be cut into lines before it is decoded.</summary>
    internal static bool HasOneByteLineFeeds(Encoding encoding) => encoding.GetBytes("\n").Length == 1;
}
