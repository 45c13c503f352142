using System.IO.Compression;

namespace LinearScaling.Files;

/// <summary>Reads a gzip file, of one member or several, to its true end.</summary>
/// <remarks>
/// <see cref="GZipStream"/> takes the end of a file that is cut off for the end of its data. So a member of our own
/// follows the file's last byte: only when every member before it is complete does it come out whole.
/// </remarks>
internal sealed class GzipReader : Stream
{
    private static readonly byte[] Marker = Guid.Parse("6f0c6a5e-5b1d-4a52-9b36-0a4b0f5c7d21").ToByteArray();
    private static readonly byte[] MarkerMember = Compress(Marker);

    private readonly FollowedByMarker source;
    private readonly GZipStream gzip;
    private bool ended;

    public GzipReader(Stream file)
    {
        source = new(file);
        gzip = new(source, CompressionMode.Decompress);
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <exception cref="EndOfStreamException">The file is cut off, or something else follows its gzip data.</exception>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        if (ended || buffer.IsEmpty)
            return 0;
        Span<byte> last = stackalloc byte[Marker.Length + 1];
        int read;
        try
        {
            // Whatever is decompressed once the marker's member was handed out comes from there.
            read = gzip.Read(buffer);
            if (!source.AtMarker)
                return read > 0 ? read : throw CutOff();
            var length = Math.Min(read, last.Length);
            buffer[..length].CopyTo(last);
            while (length < last.Length && gzip.Read(last[length..]) is > 0 and var more)
                length += more;
            ended = last[..length].SequenceEqual(Marker);
        }
        catch (InvalidDataException) when (source.AtMarker)
        {
            throw CutOff();
        }
        return ended ? 0 : throw CutOff();
    }

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            gzip.Dispose();
        base.Dispose(disposing);
    }

    private static EndOfStreamException CutOff() => new("the gzip data is incomplete");

    private static byte[] Compress(byte[] bytes)
    {
        using var member = new MemoryStream();
        using (var gzip = new GZipStream(member, CompressionLevel.Optimal, leaveOpen: true))
            gzip.Write(bytes);
        return member.ToArray();
    }

    /// <summary>A file's bytes, then the marker's member.</summary>
    private sealed class FollowedByMarker(Stream file) : Stream
    {
        private int given;

        public bool AtMarker { get; private set; }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            if (!AtMarker && file.Read(buffer) is > 0 and var read)
                return read;
            AtMarker = true;
            var count = Math.Min(buffer.Length, MarkerMember.Length - given);
            MarkerMember.AsSpan(given, count).CopyTo(buffer);
            given += count;
            return count;
        }

        public override void Flush() { }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                file.Dispose();
            base.Dispose(disposing);
        }
    }
}
