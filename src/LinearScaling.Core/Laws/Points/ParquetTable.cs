using System.Globalization;
using Parquet;
using Parquet.Schema;

namespace LinearScaling.Laws.Points;

/// <summary>The flat columns of a Parquet file as text cells.</summary>
internal static class ParquetTable
{
    public static (IReadOnlyList<string> Columns, List<string[]> Rows) Read(string path)
    {
        try
        {
            return ReadAsync(path).GetAwaiter().GetResult();
        }
        catch (Exception e) when (e is ParquetException or IOException or InvalidDataException or NotSupportedException)
        {
            throw new LinearScalingException(
                $"{path}: cannot be read as Parquet: {e.Message.ReplaceLineEndings(" ")}",
                e
            );
        }
    }

    private static async Task<(IReadOnlyList<string>, List<string[]>)> ReadAsync(string path)
    {
        await using var file = File.OpenRead(path);
        await using var parquet = await ParquetReader.CreateAsync(file);
        var fields = parquet.Schema.GetDataFields().Where(f => f.MaxRepetitionLevel == 0).ToList();
        var rows = new List<string[]>();
        for (var g = 0; g < parquet.RowGroupCount; g++)
        {
            using var group = parquet.OpenRowGroupReader(g);
            var columns = new List<string[]>();
            foreach (var field in fields)
                columns.Add(await CellsAsync(group, field));
            for (var r = 0; r < group.RowCount; r++)
                rows.Add([.. columns.Select(c => c[r])]);
        }
        return ([.. fields.Select(f => f.Name)], rows);
    }

    private static Task<string[]> CellsAsync(ParquetRowGroupReader group, DataField field) =>
        field.ClrType == typeof(string) ? TextsAsync(group, field)
        : field.ClrType == typeof(double) ? NumbersAsync<double>(group, field)
        : field.ClrType == typeof(float) ? NumbersAsync<float>(group, field)
        : field.ClrType == typeof(long) ? NumbersAsync<long>(group, field)
        : field.ClrType == typeof(int) ? NumbersAsync<int>(group, field)
        : throw new NotSupportedException(
            $"column '{field.Name}' holds {field.ClrType.Name}; expected text or numbers"
        );

    private static async Task<string[]> TextsAsync(ParquetRowGroupReader group, DataField field)
    {
        var values = new string?[group.RowCount];
        await group.ReadAsync(field, values.AsMemory()!, null);
        return Array.ConvertAll(values, v => v ?? "");
    }

    private static async Task<string[]> NumbersAsync<T>(ParquetRowGroupReader group, DataField field)
        where T : struct, IFormattable
    {
        if (field.IsNullable || field.MaxDefinitionLevel > 0)
        {
            var nullable = new T?[group.RowCount];
            await group.ReadAsync(field, nullable.AsMemory(), null);
            return Array.ConvertAll(
                nullable,
                v => v is { } value ? value.ToString(null, CultureInfo.InvariantCulture) : ""
            );
        }
        var values = new T[group.RowCount];
        await group.ReadAsync(field, values.AsMemory(), null);
        return Array.ConvertAll(values, v => v.ToString(null, CultureInfo.InvariantCulture));
    }
}
