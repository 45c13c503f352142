using LinearScaling.Files;
using LinearScaling.Files.Footers;

namespace LinearScaling.Shards;

/// <summary>Reads row groups of a corpus back, and names the shard and the row group of whatever does not match the
/// manifest.</summary>
internal sealed class ShardReader(string directory, ShardEntry shard)
{
    private readonly string path = Path.Combine(directory, shard.File);

    /// <summary>Where each row group's pages are, known once one of them has been read.</summary>
    private (long Offset, int Length)[]? chunks;

    public string FilePath => path;

    /// <summary>Refuses a shard that is missing or has another size: one system call, made for every shard before
    /// training starts.</summary>
    public void CheckSize()
    {
        var file = new FileInfo(path);
        if (!file.Exists)
            throw ShardMistakes.Missing(path);
        if (file.Length != shard.Bytes)
            throw ShardMistakes.OtherLength(path, file.Length, shard.Bytes);
    }

    /// <summary>Refuses a shard whose bytes have changed: a read of the whole file.</summary>
    public void CheckBytes()
    {
        CheckSize();
        if (Checksum.ComputeFile(path) != shard.Checksum)
            throw ShardMistakes.OtherChecksum(path);
    }

    /// <returns>The row group's documents; they live in <paramref name="column"/>, until it decodes the next.</returns>
    public RowGroup Read(int index, TokenColumn column)
    {
        CheckSize();
        try
        {
            chunks ??= ReadFooter();
            var entry = shard.RowGroups[index];
            var group = column.Decode(path, chunks[index], entry);
            return
                group.Tokens.Length == entry.Tokens
                && group.Starts.Length == entry.Documents
                && group.Checksum() == entry.Checksum
                ? group
                : throw new InvalidDataException("its tokens do not match the manifest's checksum");
        }
        catch (Exception e) when (ParquetDamage.Is(e))
        {
            throw ShardMistakes.Unreadable(path, index, e);
        }
    }

    private (long Offset, int Length)[] ReadFooter()
    {
        using var file = File.OpenHandle(path);
        return
        [
            .. ParquetFooter
                .Read(file)
                .RowGroups.Select(columns =>
                    columns is [var column]
                        ? Chunk(column)
                        : throw new InvalidDataException("it holds other columns than one of tokens")
                ),
        ];
    }

    private static (long Offset, int Length) Chunk(FooterColumn column)
    {
        if (column.Type != Parquet.Meta.Type.INT32)
            throw new InvalidDataException($"its column holds {column.Type}, not INT32");
        if (column.Codec != Parquet.Meta.CompressionCodec.ZSTD)
            throw new InvalidDataException($"its column is compressed with {column.Codec}, not ZSTD");
        return (column.Offset, checked((int)column.Length));
    }
}
