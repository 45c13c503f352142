using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace LinearScaling.Files;

/// <summary>JSON files of other programs, read so that nothing in them can surprise later: no key is there twice, every
/// text is whole.</summary>
public static class StrictJson
{
    private static readonly JsonDocumentOptions Options = new() { AllowDuplicateProperties = false };

    /// <exception cref="JsonException">It is not JSON, or a text in it is not Unicode.</exception>
    public static JsonElement Parse(ReadOnlyMemory<byte> utf8)
    {
        try
        {
            using var document = JsonDocument.Parse(utf8, Options);
            RequireWholeTexts(document.RootElement);
            return document.RootElement.Clone();
        }
        catch (InvalidOperationException e)
        {
            throw new JsonException($"a text is not Unicode: {e.Message}", e);
        }
    }

    /// <exception cref="JsonException">It is not what the type says, or null.</exception>
    public static T Deserialize<T>(string json, JsonTypeInfo<T> type)
        where T : class => JsonSerializer.Deserialize(json, type) ?? throw new JsonException("it holds null");

    /// <exception cref="JsonException">A text in it is not Unicode.</exception>
    public static void RequireUnicode(JsonElement json)
    {
        try
        {
            RequireWholeTexts(json);
        }
        catch (InvalidOperationException e)
        {
            throw new JsonException($"a text is not Unicode: {e.Message}", e);
        }
    }

    private static void RequireWholeTexts(JsonElement json)
    {
        switch (json.ValueKind)
        {
            case JsonValueKind.String:
                json.GetString();
                break;
            case JsonValueKind.Array:
                foreach (var item in json.EnumerateArray())
                    RequireWholeTexts(item);
                break;
            case JsonValueKind.Object:
                foreach (var property in json.EnumerateObject())
                {
                    _ = property.Name;
                    RequireWholeTexts(property.Value);
                }
                break;
        }
    }
}
