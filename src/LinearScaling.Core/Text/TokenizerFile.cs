using System.Text.Json;
using System.Text.Json.Serialization;

namespace LinearScaling.Text;

/// <summary>A Hugging Face <c>tokenizer.json</c> as it is written; what lcs does not know is kept as JSON and refused
/// when it matters.</summary>
internal sealed record TokenizerFile(
    JsonElement? Normalizer,
    JsonElement? PreTokenizer,
    IReadOnlyList<AddedToken>? AddedTokens,
    BpeSection Model
)
{
    public static TokenizerFile Read(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            var content = JsonSerializer.Deserialize(file, TokenizerFileJson.Default.TokenizerFile)!;
            return
                content.Model?.Vocab is null
                || content.Model.Merges is null
                || content.Model.Type is not (null or "BPE")
                ? throw TokenizerMistakes.OtherType(path, content.Model?.Type)
                : content;
        }
        catch (JsonException e)
        {
            throw new LinearScalingException($"{path}: not a tokenizer.json: {e.Message}", e);
        }
    }
}

/// <summary>A token beside the merged vocabulary.</summary>
/// <param name="Special">Never read from text here; the others are cut out of the text before anything else.</param>
internal sealed record AddedToken(int Id, string Content, bool Special);

/// <summary>The BPE model of a tokenizer.json.</summary>
/// <param name="Merges">Pairs as "left right" or as [left, right], in order of rank.</param>
/// <param name="ByteFallback">Characters without a token become their UTF-8 bytes' tokens, <c>&lt;0x0A&gt;</c>.</param>
/// <param name="IgnoreMerges">A piece that is a token is that token, whatever the merges say.</param>
internal sealed record BpeSection(
    string? Type,
    IReadOnlyDictionary<string, int> Vocab,
    IReadOnlyList<JsonElement> Merges,
    bool? ByteFallback,
    bool? IgnoreMerges,
    string? UnkToken
)
{
    public Dictionary<(int, int), (int, int)> Pairs()
    {
        var pairs = new Dictionary<(int, int), (int, int)>(Merges.Count);
        for (var rank = 0; rank < Merges.Count; rank++)
        {
            var (left, right) =
                Merges[rank].ValueKind == JsonValueKind.Array
                    ? (Merges[rank][0].GetString()!, Merges[rank][1].GetString()!)
                : Merges[rank].GetString()!.Split(' ') is [var a, var b] ? (a, b)
                : throw new JsonException($"merge {rank} is not a pair");
            pairs.TryAdd((Vocab[left], Vocab[right]), (rank, Vocab[left + right]));
        }
        return pairs;
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(TokenizerFile))]
[JsonSerializable(typeof(JsonElement))]
internal sealed partial class TokenizerFileJson : JsonSerializerContext
{
    /// <summary>Without escapes for letters that are not ASCII.</summary>
    public static TokenizerFileJson Readable { get; } =
        new(
            new JsonSerializerOptions
            {
                Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            }
        );
}
