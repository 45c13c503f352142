using System.Text.Json;

namespace LinearScaling.Text;

/// <summary>A value of a tokenizer.json with its place, whose kind is checked when it is read.</summary>
/// <param name="Place">Its keys, as <c>model.merges[3]</c>; empty for the whole file.</param>
internal readonly record struct TokenizerNode(string File, string Place, JsonElement Json)
{
    public void AllowKeys(params string[] known)
    {
        if (Json.ValueKind != JsonValueKind.Object)
            throw Wrong("is not an object");
        foreach (var property in Json.EnumerateObject())
            if (!known.Contains(property.Name))
                throw Wrong($"has the key '{property.Name}', which lcs does not know");
    }

    public void RefuseUnlessNull(params string[] keys)
    {
        foreach (var key in keys)
            if (Optional(key) is not null)
                throw Wrong($"{key} is set; lcs does not do it: set it to null");
    }

    public JsonElement? Optional(string key) =>
        Json.ValueKind == JsonValueKind.Object
        && Json.TryGetProperty(key, out var value)
        && value.ValueKind != JsonValueKind.Null
            ? value
            : null;

    public TokenizerNode Object(string key) =>
        Optional(key) is { ValueKind: JsonValueKind.Object } value
            ? new(File, At(key), value)
            : throw Wrong($"has no object '{key}'");

    /// <summary>The items of an array; none where the key is missing.</summary>
    public IEnumerable<TokenizerNode> Items(string key)
    {
        var (file, place) = (File, At(key));
        return Optional(key) switch
        {
            null => [],
            { ValueKind: JsonValueKind.Array } array => array
                .EnumerateArray()
                .Select((item, i) => new TokenizerNode(file, $"{place}[{i}]", item)),
            _ => throw Wrong($"{key} is not a list"),
        };
    }

    public string Text(string key, string? absent = null) =>
        Optional(key) is { } value
            ? new TokenizerNode(File, At(key), value).Text() ?? throw Wrong($"{key} is not a text")
            : absent ?? throw Wrong($"has no '{key}'");

    public bool Flag(string key, bool absent = false) =>
        Optional(key) switch
        {
            null => absent,
            { ValueKind: JsonValueKind.True } => true,
            { ValueKind: JsonValueKind.False } => false,
            _ => throw Wrong($"{key} is neither true nor false"),
        };

    public int Integer(string key, int below) => Integer(key, Optional(key), below);

    /// <summary>Every property of an object of numbers.</summary>
    public IEnumerable<(string Key, int Value)> Integers(int below)
    {
        foreach (var property in Json.EnumerateObject())
            yield return (property.Name, Integer(property.Name, property.Value, below));
    }

    /// <summary>Two texts: "left right", or a list of both; null where it is something else.</summary>
    public (string Left, string Right)? Pair() =>
        Text() is { } text
            ? text.Split(' ') is [var a, var b]
                ? (a, b)
                : null
            : Json.ValueKind == JsonValueKind.Array && Json.GetArrayLength() == 2
                ? new TokenizerNode(File, Place, Json[0]).Text() is { } left
                && new TokenizerNode(File, Place, Json[1]).Text() is { } right
                    ? (left, right)
                    : null
                : null;

    public LinearScalingException Wrong(string problem) =>
        new($"{File}: {(Place.Length > 0 ? Place + ": " : "")}{problem}");

    private int Integer(string key, JsonElement? value, int below) =>
        value is { ValueKind: JsonValueKind.Number } json
        && json.TryGetInt32(out var number)
        && number >= 0
        && number < below
            ? number
            : throw Wrong($"{key} is not a number from 0 to {below - 1}");

    /// <summary>The text, or null where it is none; half a surrogate pair is no text.</summary>
    private string? Text()
    {
        if (Json.ValueKind != JsonValueKind.String)
            return null;
        try
        {
            return Json.GetString();
        }
        catch (InvalidOperationException)
        {
            throw Wrong("holds half a surrogate pair, which is no text");
        }
    }

    private string At(string key) => Place.Length > 0 ? $"{Place}.{key}" : key;
}
