namespace LinearScaling.Input;

/// <summary>The whole lines of a stream that begin at an offset in [start, end); consecutive ranges give every line
/// once.</summary>
internal sealed class LineRange : IDisposable
{
    private const int LongestLine = 1 << 28;

    private readonly Stream stream;
    private readonly long end;
    private byte[] buffer = new byte[1 << 16];
    private int next;
    private int filled;

    public LineRange(Stream stream, long start, long end)
    {
        this.stream = stream;
        this.end = end;
        if (start > 0)
        {
            // The line that the range starts in the middle of belongs to the range before; it ends at or after byte
            // start - 1.
            stream.Position = Offset = start - 1;
            TryRead(out _);
        }
    }

    /// <summary>Offset of the next line.</summary>
    public long Offset { get; private set; }

    /// <summary>The next line without its line feed; valid until the next call.</summary>
    /// <exception cref="FormatException">It is longer than a text can be.</exception>
    public bool TryRead(out ReadOnlySpan<byte> line)
    {
        var searched = 0;
        while (Offset < end)
        {
            var rest = buffer.AsSpan(next, filled - next);
            var feed = rest[searched..].IndexOf((byte)'\n');
            if (feed >= 0 || (!Fill() && rest.Length > 0))
            {
                var length = feed >= 0 ? searched + feed : rest.Length;
                line = buffer.AsSpan(next, length);
                next += length + (feed >= 0 ? 1 : 0);
                Offset += length + (feed >= 0 ? 1 : 0);
                return true;
            }
            if (filled == next)
                break;
            searched = rest.Length;
        }
        line = default;
        return false;
    }

    /// <summary>All remaining lines with their line feeds.</summary>
    public byte[] ReadAll()
    {
        using var all = new MemoryStream();
        for (var before = Offset; TryRead(out var line); before = Offset)
        {
            all.Write(line);
            if (Offset - before > line.Length)
                all.WriteByte((byte)'\n');
        }
        return all.ToArray();
    }

    public void Dispose() => stream.Dispose();

    private bool Fill()
    {
        if (next > 0)
        {
            buffer.AsSpan(next, filled - next).CopyTo(buffer);
            filled -= next;
            next = 0;
        }
        if (filled == LongestLine)
            throw new FormatException("a line is longer than 256 MB");
        if (filled == buffer.Length)
            Array.Resize(ref buffer, 2 * buffer.Length);
        var read = stream.Read(buffer, filled, buffer.Length - filled);
        filled += read;
        return read > 0;
    }
}
