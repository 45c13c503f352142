using System.Text.Json;
using System.Text.Json.Nodes;
using Parquet;
using Parquet.Schema;

namespace LinearScaling.Evaluation;

/// <summary>Documents of a Parquet file in Hugging Face's columns: values, structs, and lists of one level.</summary>
internal static class ParquetDocuments
{
    public static IReadOnlyList<TaskDocument> Read(string path)
    {
        try
        {
            return ReadAsync(path).GetAwaiter().GetResult();
        }
        catch (Exception e) when (e is ParquetException or IOException or InvalidDataException or NotSupportedException)
        {
            throw new LinearScalingException($"{path}: cannot be read as Parquet ({e.Message.ReplaceLineEndings(" ")})", e);
        }
    }

    private static async Task<IReadOnlyList<TaskDocument>> ReadAsync(string path)
    {
        await using var file = File.OpenRead(path);
        await using var parquet = await ParquetReader.CreateAsync(file);
        var name = Path.GetFileName(path);
        var documents = new List<TaskDocument>();
        for (var group = 0; group < parquet.RowGroupCount; group++)
        {
            using var reader = parquet.OpenRowGroupReader(group);
            var rows = Enumerable.Range(0, (int)reader.RowCount).Select(_ => new JsonObject()).ToArray();
            foreach (var field in parquet.Schema.GetDataFields())
                await AddAsync(path, reader, field, rows);
            documents.AddRange(rows.Select((r, i) => new TaskDocument(JsonSerializer.SerializeToElement(r), $"{name}, row {documents.Count + i}")));
        }
        return documents;
    }

    private static async Task AddAsync(string path, ParquetRowGroupReader reader, DataField field, JsonObject[] rows)
    {
        if (field.MaxRepetitionLevel > 0)
            throw new LinearScalingException($"{path}: its column {field.Path} is a list, which is not read from Parquet; give this task as JSON lines");
        var count = (int)reader.GetMetadata(field)!.MetaData!.NumValues;
        var values = field.ClrType == typeof(string) || field.ClrType == typeof(ReadOnlyMemory<char>) ? await TextsAsync(reader, field, count)
            : field.ClrType == typeof(long) ? await NumbersAsync<long>(reader, field, count)
            : field.ClrType == typeof(int) ? await NumbersAsync<int>(reader, field, count)
            : field.ClrType == typeof(double) ? await NumbersAsync<double>(reader, field, count)
            : field.ClrType == typeof(bool) ? await NumbersAsync<bool>(reader, field, count)
            : null;
        if (values is null)
            return; // no task has such a column
        string[] names = [.. field.Path.ToList().Where(p => p is not ("list" or "element" or "item" or "array" or "bag"))];
        for (var row = 0; row < count; row++)
        {
            var owner = rows[row];
            foreach (var part in names[..^1])
                owner = (JsonObject)(owner[part] ??= new JsonObject());
            owner[names[^1]] = values[row];
        }
    }

    private static async Task<JsonNode?[]> TextsAsync(ParquetRowGroupReader reader, DataField field, int count)
    {
        var values = new string?[count];
        await reader.ReadAsync(field, values.AsMemory()!);
        return Array.ConvertAll(values, v => v is null ? null : (JsonNode)JsonValue.Create(v));
    }

    private static async Task<JsonNode?[]> NumbersAsync<T>(ParquetRowGroupReader reader, DataField field, int count)
        where T : struct
    {
        if (field.IsNullable || field.MaxDefinitionLevel > 0)
        {
            var nullable = new T?[count];
            await reader.ReadAsync(field, nullable.AsMemory());
            return Array.ConvertAll(nullable, v => v is { } value ? (JsonNode?)JsonValue.Create(value) : null);
        }
        var values = new T[count];
        await reader.ReadAsync(field, values.AsMemory());
        return Array.ConvertAll(values, v => (JsonNode?)JsonValue.Create(v));
    }
}
