using System.Buffers.Binary;
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
    private readonly List<List<string>> lists;

    public ParquetTable(string path)
    {
        this.path = path;
        using var file = ParquetFile.Open(path);
        fields = new(StringComparer.Ordinal);
        foreach (var field in file.Columns.Where(f => f.MaxRepetitionLevel == 0))
            if (!fields.TryAdd(ParquetFile.NameOf(field), field))
                throw PointMistakes.TwoParquetColumns(path, ParquetFile.NameOf(field));
        lists = file.Columns.Where(f => f.MaxRepetitionLevel > 0).Select(f => f.Path.ToList()).ToList();
        var rows = file.RowGroups.Sum(g => (decimal)g.NumRows);
        Rows = rows <= int.MaxValue ? (int)rows : throw PointMistakes.TooManyRows(path, (long)rows);
    }

    /// <summary>Their names; those inside structs by their path, as <c>train.loss</c>.</summary>
    public IReadOnlyCollection<string> Columns => fields.Keys;

    public int Rows { get; }

    /// <summary>Why a name that is no column cannot be read as one; null where the file has nothing of that
    /// name.</summary>
    public string? Refusal(string name) =>
        lists.Exists(p => IsWithin(name, p)) ? $"column '{name}' is a list or a map; expected one value a row"
        : fields.Keys.Where(f => f.StartsWith(name + ".", StringComparison.Ordinal)).ToList() is { Count: > 0 } inside
            ? $"column '{name}' is a struct; name one of: {string.Join(", ", inside)}"
        : null;

    private static bool IsWithin(string name, List<string> path) =>
        Enumerable.Range(1, path.Count).Any(n => string.Join('.', path.Take(n)) == name);

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
            _ when file.IsHalf(field) => Values<ReadOnlyMemory<byte>>(file, group, field, Half),
            _ when field.ClrType == typeof(Guid) => Values<Guid>(file, group, field, v => v.ToString()),
            _ => throw PointMistakes.OtherType(path, ParquetFile.NameOf(field), Words(field.ClrType)),
        };

    private static string Half(ReadOnlyMemory<byte> bytes) =>
        BinaryPrimitives.ReadHalfLittleEndian(bytes.Span).ToString(CultureInfo.InvariantCulture);

    private static string Words(Type type) =>
        type == typeof(byte[]) || type == typeof(ReadOnlyMemory<byte>) ? "binary data" : type.Name;

    private static string[] Numbers<T>(ParquetFile file, int group, DataField field)
        where T : struct, IFormattable =>
        Values<T>(file, group, field, v => v.ToString(null, CultureInfo.InvariantCulture));

    private static string[] Values<T>(ParquetFile file, int group, DataField field, Func<T, string> text)
        where T : struct =>
        field.IsNullable || field.MaxDefinitionLevel > 0
            ? Array.ConvertAll(file.ReadNullable<T>(group, field), v => v is { } value ? text(value) : "")
            : Array.ConvertAll(file.Read<T>(group, field), v => text(v));
}
