using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using LinearScaling.Files;

namespace LinearScaling.Torch.Interop;

/// <summary>A Hugging Face <c>config.json</c>, read key by key; a key of the wrong kind or with a value lcs cannot
/// honour is refused by name.</summary>
internal sealed class ForeignConfig
{
    private static readonly string[] Departures =
    [
        "multiplier",
        "scal", // logits_scaling, scale_depth
        "softcap",
        "window",
        "layer_types",
        "rope",
        "rotary",
        "bias",
        "expert",
        "qk_norm",
        "clip_",
        "alibi",
        "parallel_residual",
    ];

    private const int MostLayers = 10_000;

    private readonly string path;
    private readonly JsonObject root;

    private ForeignConfig(string path, JsonObject root) => (this.path, this.root) = (path, root);

    public static ForeignConfig Read(string path)
    {
        if (!File.Exists(path))
            throw new LinearScalingException($"{path}: missing; it says what the tensors beside it are");
        try
        {
            var json = StrictJson.Parse(File.ReadAllBytes(path));
            return json.ValueKind == JsonValueKind.Object
                ? new(path, JsonObject.Create(json)!)
                : throw new LinearScalingException($"{path}: not a JSON object");
        }
        catch (JsonException e)
        {
            throw new LinearScalingException($"{path}: not JSON: {e.Message}", e);
        }
    }

    /// <summary>What the file says the model is, for messages.</summary>
    public string Describe() =>
        $"architectures {root["architectures"]?.ToJsonString() ?? "missing"}, model_type "
        + $"{root["model_type"]?.ToJsonString() ?? "missing"}";

    public bool HasArchitecture(string name) =>
        root["architectures"] is JsonArray names
        && names.Any(n => n?.GetValueKind() == JsonValueKind.String && n.GetValue<string>() == name);

    public bool HasModelType(string name) =>
        root["model_type"] is { } type
        && type.GetValueKind() == JsonValueKind.String
        && type.GetValue<string>() == name;

    /// <summary>Whether a key has a value other than null.</summary>
    public bool Has(string key) => root[key] is not null;

    /// <summary>Whether a key is there, be it null.</summary>
    public bool Names(string key) => root.ContainsKey(key);

    /// <summary>Whether there are objects within it.</summary>
    public bool HasSections => root.Any(p => p.Value is JsonObject);

    /// <summary>Whether a key has this text.</summary>
    public bool Is(string key, string text) =>
        root[key] is { } node && node.GetValueKind() == JsonValueKind.String && node.GetValue<string>() == text;

    /// <summary>A nested object, or null where it is absent.</summary>
    public ForeignConfig? Section(string key) =>
        root[key] switch
        {
            null => null,
            JsonObject section => new($"{path}: {key}", section),
            var other => throw Refused(key, other, "an object"),
        };

    public int Int(string key, int? fallback = null) =>
        Value(
            key,
            fallback,
            "a positive integer",
            n => n.GetValueKind() == JsonValueKind.Number && n.AsValue().TryGetValue<int>(out var v) && v > 0 ? v : null
        );

    /// <summary>A number of layers: tensors are named for each.</summary>
    public int Layers(string key) =>
        Int(key) is <= MostLayers and var layers
            ? layers
            : throw Refused(key, root[key]!, $"at most {MostLayers} layers");

    public double Double(string key, double? fallback = null) =>
        Value(
            key,
            fallback,
            "a positive number",
            n =>
                n.GetValueKind() == JsonValueKind.Number && n.AsValue().TryGetValue<double>(out var v) && v > 0
                    ? v
                    : null
        );

    public bool Bool(string key, bool? fallback = null) =>
        Value(
            key,
            fallback,
            "true or false",
            n =>
                n.GetValueKind() switch
                {
                    JsonValueKind.True => true,
                    JsonValueKind.False => false,
                    _ => (bool?)null,
                }
        );

    /// <summary>Refuses every value but those that mean what lcs computes; an absent or null key means the first of
    /// them.</summary>
    public void Require(string key, params string[] accepted)
    {
        var node = root[key];
        if (
            node is not null
            && !accepted.Contains(
                node.GetValueKind() == JsonValueKind.String ? node.GetValue<string>() : node.ToJsonString()
            )
        )
            throw InteropMistakes.NotImplemented(path, key, Shortened(node), accepted);
    }

    /// <summary>Refuses a key that is there.</summary>
    public void RequireAbsent(string key, string meaning)
    {
        if (root[key] is { } node && node is not JsonObject { Count: 0 })
            throw new LinearScalingException($"{path}: {key}: lcs does not implement {meaning}, got {Shortened(node)}");
    }

    /// <summary>Refuses the other keys by which relatives of a model say that they compute something else, such as
    /// multipliers, windows or a part of the heads that turns; values that change nothing are accepted.</summary>
    /// <param name="known">Keys that are dealt with.</param>
    public void RequireNothingElse(IEnumerable<string> known)
    {
        foreach (var (key, node) in root)
            if (
                node is not null
                && !known.Contains(key)
                && Array.Exists(Departures, d => key.Contains(d, StringComparison.Ordinal))
                && !ChangesNothing(node)
            )
                throw new LinearScalingException(
                    $"{path}: {key}: lcs does not implement {Shortened(node)}; a model with it computes something else"
                );
    }

    private static bool ChangesNothing(JsonNode node) =>
        node.GetValueKind() switch
        {
            JsonValueKind.False => true,
            JsonValueKind.Number => node.AsValue().TryGetValue<double>(out var number) && number == 1,
            JsonValueKind.Object => node.AsObject().Count == 0,
            JsonValueKind.Array => node.AsArray().All(n => n is JsonValue v && v.ToString() == "full_attention"),
            _ => false,
        };

    /// <summary>Refuses a value other than the one the rest of the file implies.</summary>
    public void RequireEqual(string key, int implied, string why)
    {
        if (Has(key) && Int(key) is var found && found != implied)
            throw new LinearScalingException($"{path}: {key}: expected {implied} ({why}), found {found}");
    }

    public LinearScalingException Problem(string problem) => new($"{path}: {problem}");

    private T Value<T>(string key, T? fallback, string expected, Func<JsonNode, T?> read)
        where T : struct
    {
        if (root[key] is not { } node)
            return fallback ?? throw new LinearScalingException($"{path}: {key}: missing key");
        return read(node) ?? throw Refused(key, node, expected);
    }

    private LinearScalingException Refused(string key, JsonNode node, string expected) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{path}: {key}: expected {expected}, got {Shortened(node)}"));

    private static string Shortened(JsonNode node) =>
        node.ToJsonString() is { Length: > 80 } text ? text[..77] + "..." : node.ToJsonString();
}
