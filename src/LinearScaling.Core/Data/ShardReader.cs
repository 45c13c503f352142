using Parquet;

namespace LinearScaling.Data;

/// <summary>Reads row groups of a corpus back, and names the shard and the row group of whatever does not match the manifest.</summary>
internal sealed class ShardReader(string directory, ShardEntry shard)
{
    private readonly string path = Path.Combine(directory, shard.File);

    /// <summary>Refuses a shard that is missing or has another size: one system call, made for every shard before training starts.</summary>
    public void CheckSize()
    {
        var file = new FileInfo(path);
        if (!file.Exists)
            throw new LinearScalingException($"{path}: this shard is missing; {Remedy}");
        if (file.Length != shard.Bytes)
            throw new LinearScalingException($"{path}: holds {file.Length} bytes, the manifest says {shard.Bytes}: truncated or replaced; {Remedy}");
    }

    /// <summary>Refuses a shard whose bytes have changed: a read of the whole file.</summary>
    public async Task CheckBytesAsync(CancellationToken cancellationToken)
    {
        CheckSize();
        if (await ShardWriter.ChecksumAsync(path, cancellationToken) != shard.Checksum)
            throw new LinearScalingException($"{path}: its checksum does not match the manifest: damaged or replaced; {Remedy}");
    }

    public RowGroup Read(int index)
    {
        CheckSize();
        try
        {
            return ReadAsync(index).GetAwaiter().GetResult();
        }
        catch (Exception e) when (ParquetDamage.Is(e))
        {
            throw new LinearScalingException($"{path}: row group {index} cannot be read ({e.Message.ReplaceLineEndings(" ")}); {Remedy}", e);
        }
    }

    private const string Remedy = "restore the file or prepare the data again";

    private async Task<RowGroup> ReadAsync(int index)
    {
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 20, FileOptions.RandomAccess);
        await using var parquet = await ParquetReader.CreateAsync(file);
        using var reader = parquet.OpenRowGroupReader(index);
        var entry = shard.RowGroups[index];
        var tokens = new int[entry.Tokens];
        var definition = new int[entry.Tokens];
        var repetition = new int[entry.Tokens];
        await reader.ReadRawAsync<int>(parquet.Schema.GetDataFields()[0], tokens, definition, repetition);
        var starts = new int[entry.Documents];
        var document = 0;
        for (var i = 0; i < repetition.Length; i++)
            if (repetition[i] == 0)
                starts[document++] = i;
        var group = new RowGroup(tokens, starts);
        return document == starts.Length && group.Checksum() == entry.Checksum
            ? group
            : throw new InvalidDataException("its tokens do not match the manifest's checksum");
    }
}
