using System.Text.Json;
using System.Text.Json.Nodes;
using LinearScaling.Files.Footers;
using Parquet.Data;
using Parquet.Schema;

namespace LinearScaling.Evaluation.Documents;

/// <summary>Documents of a Parquet file in Hugging Face's columns: values, structs and lists, nested to any
/// depth.</summary>
/// <remarks>
/// Each column is assembled from its repetition and definition levels (Melnik et al., "Dremel", VLDB 2010, section 4):
/// a value's repetition level says at which list on its path it begins a new element, its definition level how far down
/// its path anything is there.
/// </remarks>
internal static class ParquetDocuments
{
    private const int MostRows = 1 << 20;

    /// <exception cref="LinearScalingException">The file is damaged.</exception>
    public static IReadOnlyList<TaskDocument> Read(string path)
    {
        using var parquet = ParquetFile.Open(path);
        var name = Path.GetFileName(path);
        var documents = new List<TaskDocument>();
        for (var group = 0; group < parquet.RowGroups.Count; group++)
        {
            var first = documents.Count;
            documents.AddRange(
                Rows(parquet, group, path)
                    .Select(
                        (r, i) => new TaskDocument(JsonSerializer.SerializeToElement(r), $"{name}, row {first + i}")
                    )
            );
        }
        return documents;
    }

    private static JsonObject[] Rows(ParquetFile parquet, int group, string path)
    {
        var count = parquet.RowGroups[group].NumRows;
        if (count > MostRows)
            throw new LinearScalingException($"{path}: row group {group}: {count} rows; of a task {MostRows} at most");
        var rows = Enumerable.Range(0, (int)count).Select(_ => new JsonObject()).ToArray();
        foreach (var fields in Paths(parquet.Schema.Fields))
        {
            using var column = parquet.ReadRaw(group, (DataField)fields[^1]);
            try
            {
                Assemble(fields, column, rows);
            }
            // levels that belong to no document of the schema
            catch (Exception e) when (ParquetDamage.Is(e))
            {
                throw DocumentMistakes.DamagedColumn(path, group, ParquetFile.NameOf((DataField)fields[^1]), e);
            }
        }
        return rows;
    }

    /// <summary>The fields from the root to each column of a type that JSON has.</summary>
    private static IEnumerable<Field[]> Paths(IEnumerable<Field> fields) =>
        fields.SelectMany(
            IEnumerable<Field[]> (field) =>
                field switch
                {
                    StructField s => Paths(s.Fields).Select(p => (Field[])[field, .. p]),
                    ListField list => Paths([list.Item]).Select(p => (Field[])[field, .. p]),
                    DataField { IsArray: false } data when Array.IndexOf(Types, data.ClrType) >= 0 =>
                    [
                        [field],
                    ],
                    _ => [], // no task has such a column
                }
        );

    private static readonly Type[] Types =
    [
        typeof(string),
        typeof(ReadOnlyMemory<char>),
        typeof(long),
        typeof(int),
        typeof(double),
        typeof(float),
        typeof(bool),
    ];

    /// <summary>A column's values that are there; absent ones have no place among them.</summary>
    private static JsonNode?[] Values(RawColumnData column, int count) =>
        column switch
        {
            RawColumnData<ReadOnlyMemory<char>> c =>
            [
                .. c.Values[..count].ToArray().Select(v => JsonValue.Create(v.ToString())),
            ],
            RawColumnData<long> c => [.. c.Values[..count].ToArray().Select(v => JsonValue.Create(v))],
            RawColumnData<int> c => [.. c.Values[..count].ToArray().Select(v => JsonValue.Create(v))],
            RawColumnData<double> c => [.. c.Values[..count].ToArray().Select(Finite)],
            RawColumnData<float> c => [.. c.Values[..count].ToArray().Select(v => Finite(v))],
            RawColumnData<bool> c => [.. c.Values[..count].ToArray().Select(v => JsonValue.Create(v))],
            _ => throw new NotSupportedException($"a column of {column.GetType().GenericTypeArguments[0].Name}"),
        };

    /// <summary>JSON has no NaN: it is null, as in JSON lines.</summary>
    private static JsonValue? Finite(double value) => double.IsFinite(value) ? JsonValue.Create(value) : null;

    private static void Assemble(Field[] path, RawColumnData column, JsonObject[] rows)
    {
        var leaf = (DataField)path[^1];
        var definition = leaf.MaxDefinitionLevel > 0 ? column.DefinitionLevels : [];
        var repetition = leaf.MaxRepetitionLevel > 0 ? column.RepetitionLevels : [];
        var values = Values(column, definition.IsEmpty ? rows.Length : definition.Count(leaf.MaxDefinitionLevel));
        var elements = new int[leaf.MaxRepetitionLevel + 1]; // where each list on the path is, by its repetition level
        var (row, next) = (0, 0);
        for (var i = 0; row < rows.Length; i++)
        {
            var defined = definition.IsEmpty ? 0 : definition[i];
            var repeated = repetition.IsEmpty ? 0 : repetition[i];
            elements[repeated]++;
            elements.AsSpan(repeated + 1).Clear();
            Place(rows[row], path, defined, elements, defined == leaf.MaxDefinitionLevel ? values[next++] : null);
            if (repetition.IsEmpty || i + 1 == repetition.Length || repetition[i + 1] == 0)
                row++;
        }
    }

    /// <summary>Puts a value where its path leads, adding the structs and lists on the way that are not there
    /// yet.</summary>
    private static void Place(JsonNode document, Field[] path, int defined, int[] elements, JsonNode? value)
    {
        var at = new Slot(document, path[0].Name, 0);
        for (var i = 0; i < path.Length - 1; i++)
        {
            var field = path[i];
            // A list has two levels: it is there, and it has an element.
            if (defined < field.MaxDefinitionLevel - (field is ListField ? 1 : 0))
            {
                at.Set(null);
                return;
            }
            var owner = at.GetOrAdd(field is ListField);
            if (defined < field.MaxDefinitionLevel)
                return; // a list without elements
            at = new(owner, path[i + 1].Name, elements[field.MaxRepetitionLevel]);
        }
        at.Set(value);
    }

    /// <summary>A property of an object, or an element of a list.</summary>
    private readonly record struct Slot(JsonNode Owner, string Name, int Index)
    {
        public JsonNode GetOrAdd(bool isList)
        {
            if (
                (
                    Owner is not JsonArray list ? Owner[Name]
                    : Index < list.Count ? list[Index]
                    : null
                ) is
                { } there
            )
                return there;
            JsonNode added = isList ? new JsonArray() : new JsonObject();
            Set(added);
            return added;
        }

        public void Set(JsonNode? value)
        {
            if (Owner is not JsonArray list)
                Owner[Name] = value;
            else if (Index < list.Count)
                list[Index] = value;
            else
                list.Add(value);
        }
    }
}
