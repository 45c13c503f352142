using Parquet;
using Parquet.Schema;

namespace LinearScaling.Tests.Fuzz;

/// <summary>Valid Parquet files, small.</summary>
internal static class ParquetSeeds
{
    /// <summary>Tables of texts and numbers in the compressions that people use, and a task.</summary>
    public static IReadOnlyList<byte[]> All() => AllAsync().GetAwaiter().GetResult();

    private static async Task<IReadOnlyList<byte[]>> AllAsync()
    {
        var files = new List<byte[]> { await TaskAsync() };
        foreach (
            var compression in new[]
            {
                CompressionMethod.None,
                CompressionMethod.Snappy,
                CompressionMethod.Gzip,
                CompressionMethod.Zstd,
            }
        )
            files.Add(await TableAsync(compression));
        return files;
    }

    private static async Task<byte[]> TableAsync(CompressionMethod compression)
    {
        var schema = new ParquetSchema(
            new DataField<string>("text"),
            new DataField<double>("N"),
            new DataField<double?>("D"),
            new DataField<long>("count"),
            new DataField<bool>("flag"),
            new StructField("meta", new DataField<string>("text"), new DataField<double>("loss"))
        );
        using var bytes = new MemoryStream();
        var options = new ParquetOptions { CompressionMethod = compression };
        await using (var writer = await ParquetWriter.CreateAsync(schema, bytes, options))
            for (var part = 0; part < 2; part++)
            {
                using var group = writer.CreateRowGroup();
                var fields = schema.GetDataFields();
                await group.WriteAsync(fields[0], (string[])["one", "two", "drei", "one"]);
                await group.WriteAsync<double>(fields[1], (double[])[1e6, 2e6, 4e6, 8e6]);
                await group.WriteAsync<double>(fields[2], (double?[])[1e7, null, 4e7, 8e7]);
                await group.WriteAsync<long>(fields[3], (long[])[1, 2, 3, 4]);
                await group.WriteAsync<bool>(fields[4], (bool[])[true, false, true, true]);
                await group.WriteAsync(fields[5], (string[])["a", "b", "c", "d"]);
                await group.WriteAsync<double>(fields[6], (double?[])[3.5, 3.2, 3, 2.9]);
            }
        return bytes.ToArray();
    }

    private static async Task<byte[]> TaskAsync()
    {
        var schema = new ParquetSchema(
            new DataField<string>("query"),
            new ListField("choices", new DataField<string>("element")),
            new DataField<double>("N"),
            new DataField<double>("D"),
            new StructField("meta", new DataField<double>("loss")),
            new DataField<string>("text")
        );
        using var bytes = new MemoryStream();
        await using (var writer = await ParquetWriter.CreateAsync(schema, bytes))
        {
            using var group = writer.CreateRowGroup();
            var fields = schema.GetDataFields();
            await group.WriteAsync(fields[0], (string[])["q", "r"]);
            await group.WriteAsync(fields[1], (string[])["a", "b", "c"], (int[])[0, 1, 0]);
            await group.WriteAsync<double>(fields[2], (double[])[1e6, 2e6]);
            await group.WriteAsync<double>(fields[3], (double[])[1e7, 2e7]);
            await group.WriteAsync<double>(fields[4], (double?[])[3, 2]);
            await group.WriteAsync(fields[5], (string[])["t", "u"]);
        }
        return bytes.ToArray();
    }
}
