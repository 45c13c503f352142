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
                await AddAsync(reader, field, rows);
            documents.AddRange(rows.Select((r, i) => new TaskDocument(JsonSerializer.SerializeToElement(r), $"{name}, row {documents.Count + i}")));
        }
        return documents;
    }

    private static async Task AddAsync(ParquetRowGroupReader reader, DataField field, JsonObject[] rows)
    {
        var count = (int)reader.GetMetadata(field)!.MetaData!.NumValues;
        var repetition = field.MaxRepetitionLevel > 0 ? new int[count] : null;
        var values = field.ClrType == typeof(string) || field.ClrType == typeof(ReadOnlyMemory<char>) ? await TextsAsync(reader, field, count, repetition)
            : field.ClrType == typeof(long) ? await NumbersAsync<long>(reader, field, count, repetition)
            : field.ClrType == typeof(int) ? await NumbersAsync<int>(reader, field, count, repetition)
            : field.ClrType == typeof(double) ? await NumbersAsync<double>(reader, field, count, repetition)
            : field.ClrType == typeof(bool) ? await NumbersAsync<bool>(reader, field, count, repetition)
            : null;
        if (values is null || field.MaxRepetitionLevel > 1)
            return; // no task has such a column
        string[] path = [.. field.Path.ToList().Where(p => p is not ("list" or "element" or "item" or "array" or "bag"))];
        var row = -1;
        for (var i = 0; i < count; i++)
        {
            if (repetition is null || repetition[i] == 0)
                row++;
            var owner = rows[row];
            foreach (var part in path[..^1])
                owner = (JsonObject)(owner[part] ??= new JsonObject());
            if (repetition is null)
                owner[path[^1]] = values[i];
            else if (owner[path[^1]] is JsonArray list)
                list.Add(values[i]);
            else
                owner[path[^1]] = values[i] is { } first ? new JsonArray(first) : new JsonArray(); // a list without elements is one absent value
        }
    }

    private static async Task<JsonNode?[]> TextsAsync(ParquetRowGroupReader reader, DataField field, int count, int[]? repetition)
    {
        var values = new string?[count];
        await reader.ReadAsync(field, values.AsMemory()!, Levels(repetition));
        return Array.ConvertAll(values, v => v is null ? null : (JsonNode)JsonValue.Create(v));
    }

    private static async Task<JsonNode?[]> NumbersAsync<T>(ParquetRowGroupReader reader, DataField field, int count, int[]? repetition)
        where T : struct
    {
        if (field.IsNullable || field.MaxDefinitionLevel > 0)
        {
            var nullable = new T?[count];
            await reader.ReadAsync(field, nullable.AsMemory(), Levels(repetition));
            return Array.ConvertAll(nullable, v => v is { } value ? (JsonNode?)JsonValue.Create(value) : null);
        }
        var values = new T[count];
        await reader.ReadAsync(field, values.AsMemory(), Levels(repetition));
        return Array.ConvertAll(values, v => (JsonNode?)JsonValue.Create(v));
    }

    /// <summary>Null stays null: the implicit conversion would make an empty buffer of it.</summary>
    private static Memory<int>? Levels(int[]? levels) => levels is null ? (Memory<int>?)null : levels.AsMemory();
}
