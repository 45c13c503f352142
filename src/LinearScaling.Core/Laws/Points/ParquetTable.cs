using System.Globalization;
using LinearScaling.Files;
using Parquet.Schema;

namespace LinearScaling.Laws.Points;

/// <summary>The flat columns of a Parquet file as text cells; a column is read when it is asked for.</summary>
internal sealed class ParquetTable
{
    private readonly string path;
    private readonly Dictionary<string, DataField> fields;

    public ParquetTable(string path)
    {
        this.path = path;
        using var file = ParquetFile.Open(path);
        fields = file
            .Schema.GetDataFields()
            .Where(f => f.MaxRepetitionLevel == 0)
            .DistinctBy(f => f.Name)
            .ToDictionary(f => f.Name);
        Rows = checked((int)file.RowGroups.Sum(g => g.NumRows));
    }

    public IReadOnlyCollection<string> Columns => fields.Keys;

    public int Rows { get; }

    /// <summary>A column's cells in invariant text; empty where there is none.</summary>
    /// <exception cref="LinearScalingException">It holds neither text nor numbers, or is damaged.</exception>
    public string[] Cells(string column)
    {
        using var file = ParquetFile.Open(path);
        return [.. Enumerable.Range(0, file.RowGroups.Count).SelectMany(g => Cells(file, g, fields[column]))];
    }

    private string[] Cells(ParquetFile file, int group, DataField field) =>
        field.ClrType == typeof(string) ? Array.ConvertAll(file.ReadTexts(group, field), t => t ?? "")
        : field.ClrType == typeof(double) ? Numbers<double>(file, group, field)
        : field.ClrType == typeof(float) ? Numbers<float>(file, group, field)
        : field.ClrType == typeof(long) ? Numbers<long>(file, group, field)
        : field.ClrType == typeof(int) ? Numbers<int>(file, group, field)
        : throw PointMistakes.OtherType(path, field.Name, field.ClrType.Name);

    private static string[] Numbers<T>(ParquetFile file, int group, DataField field)
        where T : struct, IFormattable =>
        field.IsNullable || field.MaxDefinitionLevel > 0
            ? Array.ConvertAll(file.ReadNullable<T>(group, field), v => v is { } value ? Text(value) : "")
            : Array.ConvertAll(file.Read<T>(group, field), Text);

    private static string Text<T>(T value)
        where T : struct, IFormattable => value.ToString(null, CultureInfo.InvariantCulture);
}
