using System.Globalization;
using System.Text.Json;

namespace LinearScaling.Evaluation.Documents;

/// <summary>One document of a task file: JSON, with the place it came from for messages.</summary>
/// <param name="Place">As <c>hellaswag.jsonl:12</c>.</param>
public sealed record TaskDocument(JsonElement Json, string Place)
{
    public bool Has(string field) =>
        Json.ValueKind == JsonValueKind.Object
        && Json.TryGetProperty(field, out var value)
        && value.ValueKind != JsonValueKind.Null;

    public string Text(string field) =>
        Get(Json, field) is { ValueKind: JsonValueKind.String } value
            ? String(value, field)
            : throw Wrong(field, "text");

    /// <summary>A text that is more than white space.</summary>
    public string Filled(string field) =>
        Text(field) is var text && !string.IsNullOrWhiteSpace(text) ? text : throw Wrong(field, "text, got none");

    /// <summary>A list of texts, as <c>endings</c> or <c>choices.text</c>.</summary>
    public IReadOnlyList<string> Texts(string path)
    {
        var value = path.Split('.').Aggregate(Json, Get);
        return
            value.ValueKind == JsonValueKind.Array
            && value.EnumerateArray().All(v => v.ValueKind == JsonValueKind.String)
            ? [.. value.EnumerateArray().Select(v => String(v, path))]
            : throw Wrong(path, "a list of texts");
    }

    /// <summary>Whether a field is a document of its own.</summary>
    public bool HasPart(string field) =>
        Json.ValueKind == JsonValueKind.Object
        && Json.TryGetProperty(field, out var value)
        && value.ValueKind == JsonValueKind.Object;

    public TaskDocument Part(string field) => this with { Json = Get(Json, field) };

    /// <summary>A list of documents.</summary>
    public IReadOnlyList<TaskDocument> Parts(string field) =>
        Get(Json, field) is { ValueKind: JsonValueKind.Array } value
            ? [.. value.EnumerateArray().Select(v => this with { Json = v })]
            : throw Wrong(field, "a list");

    /// <summary>An integer, or a text that holds one; booleans are 0 and 1.</summary>
    public int Number(string field)
    {
        var value = Get(Json, field);
        return value.ValueKind switch
        {
            JsonValueKind.Number when value.TryGetInt32(out var number) => number,
            JsonValueKind.String
                when int.TryParse(
                    String(value, field),
                    NumberStyles.AllowLeadingSign,
                    CultureInfo.InvariantCulture,
                    out var number
                ) => number,
            JsonValueKind.True => 1,
            JsonValueKind.False => 0,
            _ => throw Wrong(field, "an integer"),
        };
    }

    public LinearScalingException Wrong(string field, string expected) => new($"{Place}: {field}: expected {expected}");

    /// <summary>A text that Python writes may hold half a surrogate pair, which no tokenizer takes.</summary>
    private string String(JsonElement value, string field)
    {
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw Wrong(field, "text without half a surrogate pair");
        }
    }

    private JsonElement Get(JsonElement from, string field) =>
        from.ValueKind != JsonValueKind.Object ? throw DocumentMistakes.NotFields(Place, field, from.ValueKind)
        : from.TryGetProperty(field, out var value) ? value
        : throw DocumentMistakes.NoField(Place, field, from.EnumerateObject().Select(p => p.Name));
}
