using LinearScaling.Files;
using Parquet;
using Parquet.Schema;

namespace LinearScaling.Input;

/// <summary>One row group of a Parquet file with a column of text; a document a row.</summary>
internal sealed record ParquetPart(string File, int Index, string Column, long TextBytes) : InputPart(File, TextBytes)
{
    /// <summary>A column chunk has to fit into one array.</summary>
    private const long MaxChunkBytes = int.MaxValue - 64;

    public static IReadOnlyList<InputPart> List(string file, string? column) =>
        Damaged(file, () => OfAsync(file, column).GetAwaiter().GetResult());

    public override IEnumerable<string> Documents() =>
        Damaged($"{File}: row group {Index}", () => ReadAsync().GetAwaiter().GetResult())
            .Where(text => !string.IsNullOrEmpty(text))!;

    private static async Task<IReadOnlyList<InputPart>> OfAsync(string file, string? column)
    {
        await using var stream = System.IO.File.OpenRead(file);
        await using var parquet = await ParquetReader.CreateAsync(stream);
        var field = TextField(file, parquet.Schema, column);
        var parts = new List<InputPart>();
        for (var i = 0; i < parquet.RowGroupCount; i++)
        {
            using var group = parquet.OpenRowGroupReader(i);
            var bytes = group.GetMetadata(field)?.MetaData?.TotalUncompressedSize ?? 0;
            if (bytes > MaxChunkBytes)
                throw new LinearScalingException(
                    $"{file}: row group {i}: its column '{field.Name}' holds {bytes / 1e9:F1} GB, more than the 2 "
                        + $"GB that can be read at a time; write the file with smaller row groups"
                );
            parts.Add(new ParquetPart(file, i, field.Name, bytes));
        }
        return parts;
    }

    private static DataField TextField(string file, ParquetSchema schema, string? column)
    {
        var columns = schema.Fields.OfType<DataField>().Where(f => f.MaxRepetitionLevel == 0).ToList();
        var strings = columns.Where(IsText).ToList();
        var names = strings.Count == 0 ? "none" : string.Join(", ", strings.Select(f => f.Name));
        if (column is null)
            return strings.Find(f => f.Name == "text")
                ?? (
                    strings.Count == 1
                        ? strings[0]
                        : throw new LinearScalingException(
                            $"{file}: has no column 'text'; name one of its columns of strings with --column: {names}"
                        )
                );
        if (columns.Find(f => f.Name == column) is { } other && !IsText(other))
            throw new LinearScalingException(
                $"{file}: column '{column}' holds {other.SchemaElement?.Type}, not strings; its columns of strings: "
                    + $"{names}"
            );
        return strings.Find(f => f.Name == column)
            ?? throw new LinearScalingException($"{file}: has no column '{column}'; its columns of strings: {names}");
    }

    private static bool IsText(DataField field) =>
        field.ClrType == typeof(ReadOnlyMemory<char>) || field.ClrType == typeof(string);

    private async Task<string?[]> ReadAsync()
    {
        await using var stream = System.IO.File.OpenRead(File);
        await using var parquet = await ParquetReader.CreateAsync(stream);
        using var group = parquet.OpenRowGroupReader(Index);
        var texts = new string[group.RowCount];
        await group.ReadAsync(parquet.Schema.GetDataFields().First(f => f.Name == Column), texts);
        return texts;
    }

    private static T Damaged<T>(string where, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (ParquetDamage.Is(e))
        {
            throw new LinearScalingException(
                $"{where}: cannot be read as Parquet ({e.Message.ReplaceLineEndings(" ")}); the file is truncated, "
                    + $"damaged or of another format",
                e
            );
        }
    }
}
