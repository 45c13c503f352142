using LinearScaling.Files.Footers;
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
        var field = TextField(file, parquet, column);
        var parts = new List<InputPart>();
        for (var i = 0; i < parquet.RowGroups.Count; i++)
        {
            var bytes = parquet.UncompressedBytes(i, field);
            if (bytes > MaxChunkBytes)
                throw InputMistakes.TooLarge(file, i, ParquetFile.NameOf(field), bytes);
            parts.Add(new ParquetPart(file, i, ParquetFile.NameOf(field), bytes));
        }
        return parts;
    }

    public override string Identity => $"Parquet {Column}";

    public override IEnumerable<string> Documents()
    {
        using var parquet = ParquetFile.Open(File);
        return parquet
            .ReadTexts(Index, parquet.Columns.First(f => ParquetFile.NameOf(f) == Column))
            .Where(text => !string.IsNullOrEmpty(text))!;
    }

    /// <summary>The column named, else "text", else the only column of strings outside structs and lists.</summary>
    private static DataField TextField(string file, ParquetFile parquet, string? column)
    {
        var columns = parquet.Columns.Where(f => f.MaxRepetitionLevel == 0).ToList();
        var strings = columns.Where(IsText).ToList();
        var names = strings.Count == 0 ? "none" : string.Join(", ", strings.Select(ParquetFile.NameOf));
        var matches = columns.FindAll(f => ParquetFile.NameOf(f) == (column ?? "text"));
        if (matches.Count > 1)
            throw InputMistakes.TwoColumns(file, column ?? "text");
        if (column is null)
        {
            var plain = strings.FindAll(f => f.Path.Length == 1);
            return matches is [var text] && IsText(text) ? text
                : plain.Count == 1 ? plain[0]
                : throw InputMistakes.NoTextColumn(file, names);
        }
        if (matches is not [var found])
            throw new LinearScalingException($"{file}: has no column '{column}'; its columns of strings: {names}");
        return IsText(found) ? found : throw InputMistakes.NotStrings(file, column, found.SchemaElement?.Type, names);
    }

    private static bool IsText(DataField field) =>
        field.ClrType == typeof(ReadOnlyMemory<char>) || field.ClrType == typeof(string);
}
