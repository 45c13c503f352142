using System.IO.Compression;

namespace LinearScaling.Files;

/// <summary>Reads a gzip file, of one member or several, to its true end.</summary>
/// <remarks>
/// <see cref="GZipStream"/> takes the end of a file that is cut off for the end of its data. So a member of our own
/// follows the file's last byte: only when every member before it is complete does it come out whole.
/// </remarks>
internal sealed class GzipReader : ForwardStream
{
    private static readonly byte[] Marker = Guid.Parse("6f0c6a5e-5b1d-4a52-9b36-0a4b0f5c7d21").ToByteArray();
    private static readonly byte[] MarkerMember = Compress(Marker);

    private readonly FollowedByMarker source;
    private readonly GZipStream gzip;
    private bool ended;

    public GzipReader(Stream file)
        : this(new FollowedByMarker(file)) { }

    private GzipReader(FollowedByMarker source)
        : this(source, new GZipStream(source, CompressionMode.Decompress)) { }

    private GzipReader(FollowedByMarker source, GZipStream gzip)
        : base(gzip) => (this.source, this.gzip) = (source, gzip);

    /// <exception cref="EndOfStreamException">The file is cut off, or something else follows its gzip data.</exception>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
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

    private static EndOfStreamException CutOff() => new("the gzip data is incomplete");

    private static byte[] Compress(byte[] bytes)
    {
        using var member = new MemoryStream();
        using (var gzip = new GZipStream(member, CompressionLevel.Optimal, leaveOpen: true))
            gzip.Write(bytes);
        return member.ToArray();
    }

    /// <summary>A file's bytes, then the marker's member.</summary>
    private sealed class FollowedByMarker(Stream file) : ForwardStream(file)
    {
        private readonly Stream file = file;
        private int given;

        public bool AtMarker { get; private set; }

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
    }
}
