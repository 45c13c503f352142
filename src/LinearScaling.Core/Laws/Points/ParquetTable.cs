using System.Globalization;
using LinearScaling.Files.Footers;
using Parquet.Schema;

namespace LinearScaling.Laws.Points;

/// <summary>The columns of a Parquet file outside its lists, as text cells; a column is read when it is asked
/// for.</summary>
internal sealed class ParquetTable
{
    private readonly string path;
    private readonly Dictionary<string, DataField> fields;

    public ParquetTable(string path)
    {
        this.path = path;
        using var file = ParquetFile.Open(path);
        fields = new(StringComparer.Ordinal);
        foreach (var field in file.Columns.Where(f => f.MaxRepetitionLevel == 0))
            if (!fields.TryAdd(ParquetFile.NameOf(field), field))
                throw PointMistakes.TwoParquetColumns(path, ParquetFile.NameOf(field));
        Rows = checked((int)file.RowGroups.Sum(g => g.NumRows));
    }

    /// <summary>Their names; those inside structs by their path, as <c>train.loss</c>.</summary>
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
        Type.GetTypeCode(field.ClrType) switch
        {
            TypeCode.String => Array.ConvertAll(file.ReadTexts(group, field), t => t ?? ""),
            TypeCode.Double => Numbers<double>(file, group, field),
            TypeCode.Single => Numbers<float>(file, group, field),
            TypeCode.Int64 => Numbers<long>(file, group, field),
            TypeCode.Int32 => Numbers<int>(file, group, field),
            TypeCode.Int16 => Numbers<short>(file, group, field),
            TypeCode.SByte => Numbers<sbyte>(file, group, field),
            TypeCode.UInt64 => Numbers<ulong>(file, group, field),
            TypeCode.UInt32 => Numbers<uint>(file, group, field),
            TypeCode.UInt16 => Numbers<ushort>(file, group, field),
            TypeCode.Byte => Numbers<byte>(file, group, field),
            TypeCode.Decimal => Numbers<decimal>(file, group, field),
            TypeCode.Boolean => Values<bool>(file, group, field, v => v ? "true" : "false"),
            TypeCode.DateTime => Values<DateTime>(
                file,
                group,
                field,
                v => v.ToString("O", CultureInfo.InvariantCulture)
            ),
            _ when field.ClrType == typeof(ReadOnlyMemory<char>) => Array.ConvertAll(
                file.ReadTexts(group, field),
                t => t ?? ""
            ),
            _ when field.ClrType == typeof(Half) => Numbers<Half>(file, group, field),
            _ => throw PointMistakes.OtherType(path, ParquetFile.NameOf(field), field.ClrType.Name),
        };

    private static string[] Numbers<T>(ParquetFile file, int group, DataField field)
        where T : struct, IFormattable =>
        Values<T>(file, group, field, v => v.ToString(null, CultureInfo.InvariantCulture));

    private static string[] Values<T>(ParquetFile file, int group, DataField field, Func<T, string> text)
        where T : struct =>
        field.IsNullable || field.MaxDefinitionLevel > 0
            ? Array.ConvertAll(file.ReadNullable<T>(group, field), v => v is { } value ? text(value) : "")
            : Array.ConvertAll(file.Read<T>(group, field), v => text(v));
}
