using LinearScaling.Files;
using Parquet.Schema;

namespace LinearScaling.Input;

/// <summary>One row group of a Parquet file with a column of text; one document per row.</summary>
internal sealed record ParquetPart(string File, int Index, string Column, long TextBytes) : InputPart(File, TextBytes)
{
    /// <summary>A column chunk has to fit into one array.</summary>
    private const long MaxChunkBytes = int.MaxValue - 64;

    public static IReadOnlyList<InputPart> List(string file, string? column)
    {
        using var parquet = ParquetFile.Open(file);
        var field = TextField(file, parquet.Schema, column);
        var parts = new List<InputPart>();
        for (var i = 0; i < parquet.RowGroups.Count; i++)
        {
            var bytes = parquet.UncompressedBytes(i, field);
            if (bytes > MaxChunkBytes)
                throw new LinearScalingException(
                    $"{file}: row group {i}: its column '{field.Name}' holds {bytes / 1e9:F1} GB, more than the 2 "
                        + $"GB that can be read at a time; write the file with smaller row groups"
                );
            parts.Add(new ParquetPart(file, i, field.Name, bytes));
        }
        return parts;
    }

    public override IEnumerable<string> Documents()
    {
        using var parquet = ParquetFile.Open(File);
        return parquet
            .ReadTexts(Index, parquet.Schema.GetDataFields().First(f => f.Name == Column))
            .Where(text => !string.IsNullOrEmpty(text))!;
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
}
