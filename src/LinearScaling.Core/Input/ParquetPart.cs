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
                throw InputMistakes.TooLarge(file, i, field.Name, bytes);
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
                ?? (strings.Count == 1 ? strings[0] : throw InputMistakes.NoTextColumn(file, names));
        if (columns.Find(f => f.Name == column) is { } other && !IsText(other))
            throw InputMistakes.NotStrings(file, column, other.SchemaElement?.Type, names);
        return strings.Find(f => f.Name == column)
            ?? throw new LinearScalingException($"{file}: has no column '{column}'; its columns of strings: {names}");
    }

    private static bool IsText(DataField field) =>
        field.ClrType == typeof(ReadOnlyMemory<char>) || field.ClrType == typeof(string);
}
