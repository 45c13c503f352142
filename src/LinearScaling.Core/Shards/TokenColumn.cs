using System.Buffers.Binary;
using System.Runtime.InteropServices;
using LinearScaling.Files.Footers;
using ZstdSharp;

namespace LinearScaling.Shards;

/// <summary>Decodes the token column of row groups, one after the other into the same memory.</summary>
/// <remarks>
/// Parquet.Net writes the shards, with plain tokens and run lengths of levels. They are decoded here because training
/// streams through them: no level is written out and no array is allocated for a row group, which makes it several
/// times as fast.
/// </remarks>
internal sealed class TokenColumn : IDisposable
{
    /// <summary>No page of a shard needs more: a token, and runs of one level.</summary>
    private const int MostBytesPerToken = 16;

    private readonly Decompressor zstd = new();
    private byte[] compressed = [];
    private byte[] page = [];
    private int[] tokens = [];
    private int[] starts = [];
    private int numTokens;
    private int numDocuments;

    /// <param name="pages">Where in the file the row group's pages are, compressed with zstd.</param>
    /// <param name="entry">What the manifest says of the row group.</param>
    /// <returns>The documents; valid until the next call.</returns>
    /// <exception cref="InvalidDataException">The pages hold something else. Damage shows as other exceptions too: see
    /// <see cref="ParquetDamage"/>.</exception>
    public RowGroup Decode(string path, (long Offset, int Length) pages, RowGroupEntry entry)
    {
        Grow(ref tokens, entry.Tokens);
        Grow(ref starts, entry.Documents);
        numTokens = numDocuments = 0;
        for (var rest = ReadBytes(path, pages); !rest.IsEmpty; )
        {
            var header = PageHeader.Read(ref rest);
            if (header.Kind != PageHeader.Data || header.Encoding != PageHeader.Plain)
                throw new InvalidDataException(
                    $"a page is of kind {header.Kind} and encoding {header.Encoding}, which no shard has"
                );
            if (header.UncompressedSize > 1024 + (long)MostBytesPerToken * entry.Tokens)
                throw new InvalidDataException($"a page claims {header.UncompressedSize} bytes");
            Grow(ref page, header.UncompressedSize);
            ReadPage(
                page.AsSpan(0, zstd.Unwrap(rest[..header.CompressedSize], page.AsSpan(0, header.UncompressedSize))),
                header.NumValues
            );
            rest = rest[header.CompressedSize..];
        }
        return new(tokens.AsMemory(0, numTokens), starts.AsMemory(0, numDocuments));
    }

    public void Dispose() => zstd.Dispose();

    private ReadOnlySpan<byte> ReadBytes(string path, (long Offset, int Length) pages)
    {
        using var file = File.OpenHandle(path);
        if (pages.Offset < 0 || pages.Length < 0 || pages.Offset + pages.Length > RandomAccess.GetLength(file))
            throw new InvalidDataException("its pages lie outside of the file");
        Grow(ref compressed, pages.Length);
        var bytes = compressed.AsSpan(0, pages.Length);
        for (var read = 0; read < bytes.Length; )
            read += RandomAccess.Read(file, bytes[read..], pages.Offset + read) is > 0 and var more
                ? more
                : throw new EndOfStreamException("the file ends within it");
        return bytes;
    }

    /// <summary>A page is its repetition levels, its definition levels, which say here that no list is null or empty,
    /// and its tokens.</summary>
    private void ReadPage(ReadOnlySpan<byte> body, int numValues)
    {
        ReadStarts(Levels(ref body), numValues);
        Levels(ref body);
        MemoryMarshal
            .Cast<byte, int>(body[..checked(sizeof(int) * numValues)])
            .CopyTo(tokens.AsSpan(numTokens, numValues));
        numTokens += numValues;
    }

    /// <summary>A document starts where the repetition level is 0. Levels are runs: twice their length, and the
    /// level.</summary>
    private void ReadStarts(ReadOnlySpan<byte> levels, int numValues)
    {
        for (var at = 0; at < numValues; )
        {
            var header = Varint(ref levels);
            if ((header & 1) != 0)
                throw new InvalidDataException("levels are packed, which no shard's are");
            var end = (int)Math.Min(at + (header >> 1), numValues);
            for (; levels[0] == 0 && at < end; at++)
                starts[numDocuments++] = numTokens + at;
            at = end;
            levels = levels[1..];
        }
    }

    /// <summary>The levels that the body of a page goes on with, after their length.</summary>
    private static ReadOnlySpan<byte> Levels(ref ReadOnlySpan<byte> body)
    {
        var length = BinaryPrimitives.ReadInt32LittleEndian(body);
        var levels = body.Slice(sizeof(int), length);
        body = body[(sizeof(int) + length)..];
        return levels;
    }

    /// <summary>An unsigned integer of seven bits per byte, the lowest first.</summary>
    private static uint Varint(ref ReadOnlySpan<byte> bytes)
    {
        var value = 0u;
        for (var shift = 0; ; shift += 7)
        {
            var next = bytes[0];
            bytes = bytes[1..];
            value |= (uint)(next & 0x7F) << shift;
            if (next < 0x80)
                return value;
        }
    }

    private static void Grow<T>(ref T[] buffer, int length)
    {
        if (buffer.Length < length)
            buffer = new T[length];
    }
}
