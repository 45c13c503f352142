using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using LinearScaling.Files;
using LinearScaling.Text.Splitting;

namespace LinearScaling.Text;

/// <summary>A BPE tokenizer from a Hugging Face <c>tokenizer.json</c>: byte-level as GPT-2, GPT-NeoX and LLaMA 3, or of
/// characters as LLaMA.</summary>
/// <remarks>Microsoft.ML.Tokenizers reads no tokenizer.json; ids are checked against the Hugging Face
/// library's.</remarks>
public sealed record JsonTokenizer : Tokenizer
{
    private static readonly string[] EndOfTextNames = ["<|endoftext|>", "</s>", "<|end_of_text|>", "<eos>"];
    private static readonly string[] BeginOfTextNames = ["<s>", "<|begin_of_text|>", "<bos>"];

    private readonly string path;
    private readonly ITextPieces pieces;
    private readonly AddedTokens added;
    private readonly bool normalizesToNfc;
    private readonly bool spaceAsCharacter;

    /// <param name="path">The tokenizer.json.</param>
    public JsonTokenizer(string path)
    {
        this.path = Path.GetFullPath(path);
        var file = TokenizerFile.Read(path);
        Hash = Checksum.ComputeFile(path);
        var tokens = file.AddedTokens;
        added = new(tokens.Where(t => !t.Special));
        VocabSize = 1 + Math.Max(file.Model.Vocab.Values.Max(), tokens.Select(t => t.Id).DefaultIfEmpty().Max());
        EndOfText = Find(file, EndOfTextNames) ?? throw TokenizerMistakes.NoEndOfText(path, EndOfTextNames);
        BosId = Find(file, BeginOfTextNames);
        special = [.. tokens.Where(t => t.Special).Select(t => t.Id)];
        (normalizesToNfc, spaceAsCharacter) = Normalizer(file);
        foreach (var token in tokens.Where(t => !t.Special))
            if (spaceAsCharacter || (normalizesToNfc && !token.Normalized))
                throw TokenizerMistakes.AddedToken(path, token.Content);
        pieces = spaceAsCharacter
            ? new CharacterPieces(
                file.Model.Vocab,
                file.Model.Merges,
                file.Model.ByteFallback,
                file.Model.Unknown,
                file.Model.FuseUnknown
            )
            : new BytePieces(SplitterOf(file), file.Model);
    }

    private readonly HashSet<int> special;

    public override string Name => path;

    public override string Label =>
        Path.GetFileName(Path.GetDirectoryName(path)) is { Length: > 0 } folder ? folder : "tokenizer";

    public override string Hash { get; }

    public override int VocabSize { get; }

    public override int EndOfText { get; }

    public override int? BosId { get; }

    public override bool IsLossless => !normalizesToNfc && !spaceAsCharacter;

    public override int[] Encode(string text)
    {
        if (normalizesToNfc)
            text = Nfc.Normalize(text);
        if (spaceAsCharacter && text.Length > 0)
            text = '\u2581' + text.Replace(' ', '\u2581');
        var ids = new List<int>(text.Length / 3);
        added.Encode(text, pieces.Encode, ids);
        return [.. ids];
    }

    public override string Decode(ReadOnlySpan<int> ids)
    {
        var bytes = new List<byte>(4 * ids.Length);
        foreach (var id in ids)
            if (added.Text(id) is { } text)
                bytes.AddRange(Encoding.UTF8.GetBytes(text));
            else if (!special.Contains(id))
                bytes.AddRange(pieces.Bytes(id));
        var start = spaceAsCharacter && bytes is [(byte)' ', ..] ? 1 : 0; // the space that encoding put before the text
        return Encoding.UTF8.GetString([.. bytes], start, bytes.Count - start);
    }

    internal override string CopyTo(string directory)
    {
        DurableFile.Copy(path, Path.Combine(directory, "tokenizer.json"));
        return "tokenizer.json";
    }

    private static int? Find(TokenizerFile file, string[] names) =>
        names
            .Select(n =>
                file.AddedTokens.FirstOrDefault(t => t.Content == n)?.Id
                ?? (file.Model.Vocab.TryGetValue(n, out var id) ? id : null)
            )
            .FirstOrDefault(id => id is not null);

    private (bool Nfc, bool SpaceAsCharacter) Normalizer(TokenizerFile file)
    {
        var json = Compact(file.Normalizer);
        return json switch
        {
            "" => (false, false),
            """{"type":"NFC"}""" => (true, false),
            """{"type":"Sequence","normalizers":[{"type":"Prepend","prepend":"▁"},{"type":"Replace","pattern":"""
                + """{"String":" "},"content":"▁"}]}""" when file.PreTokenizer is null && file.Model.ByteFallback => (
                false,
                true
            ),
            _ => throw new LinearScalingException($"{path}: lcs does not know this normalizer: {json}"),
        };
    }

    private Splitter SplitterOf(TokenizerFile file)
    {
        var json = file.PreTokenizer is { ValueKind: JsonValueKind.Object } pre ? pre : default;
        if (IsByteLevel(json, useRegex: true))
            return new Gpt2Splitter();
        if (IsCl100k(json))
            return new Cl100kSplitter();
        throw new LinearScalingException($"{path}: lcs does not know this pre-tokenizer: {Compact(file.PreTokenizer)}");
    }

    /// <summary>A split by cl100k's pattern, then bytes.</summary>
    private static bool IsCl100k(JsonElement json) =>
        json.ValueKind == JsonValueKind.Object
        && json.TryGetProperty("pretokenizers", out var steps)
        && steps.ValueKind == JsonValueKind.Array
        && steps.GetArrayLength() == 2
        && IsByteLevel(steps[1], useRegex: false)
        && IsSplit(steps[0])
        && steps[0].TryGetProperty("pattern", out var pattern)
        && pattern.ValueKind == JsonValueKind.Object
        && pattern.TryGetProperty("Regex", out var regex)
        && regex.ValueKind == JsonValueKind.String
        && regex.ValueEquals(Cl100kSplitter.Pattern);

    /// <summary>Whether the pattern's matches are the pieces: isolated, or what is kept when the rest is
    /// removed.</summary>
    private static bool IsSplit(JsonElement json) =>
        IsStep(json, "Split", "pattern", "behavior", "invert")
        && json.TryGetProperty("behavior", out var behavior)
        && json.TryGetProperty("invert", out var invert)
        && behavior.ValueKind == JsonValueKind.String
        && (
            (behavior.ValueEquals("Isolated") && invert.ValueKind == JsonValueKind.False)
            || (behavior.ValueEquals("Removed") && invert.ValueKind == JsonValueKind.True)
        );

    private static bool IsByteLevel(JsonElement json, bool useRegex) =>
        IsStep(json, "ByteLevel", "add_prefix_space", "trim_offsets", "use_regex")
        && json.TryGetProperty("add_prefix_space", out var prefix)
        && prefix.ValueKind == JsonValueKind.False
        && (!json.TryGetProperty("use_regex", out var used) || used.ValueKind == JsonValueKind.True) == useRegex;

    /// <summary>Whether it is an object of that type with no keys but these.</summary>
    private static bool IsStep(JsonElement json, string type, params string[] keys) =>
        json.ValueKind == JsonValueKind.Object
        && json.EnumerateObject().All(p => p.Name == "type" || keys.Contains(p.Name))
        && json.TryGetProperty("type", out var found)
        && found.ValueKind == JsonValueKind.String
        && found.ValueEquals(type);

    private static string Compact(JsonElement? json) =>
        json is { ValueKind: not JsonValueKind.Null } element
            ? JsonSerializer.Serialize(element, TokenizerJson.Readable.JsonElement)
            : "";
}

[JsonSerializable(typeof(JsonElement))]
internal sealed partial class TokenizerJson : JsonSerializerContext
{
    /// <summary>Without escapes for letters that are not ASCII.</summary>
    public static TokenizerJson Readable { get; } =
        new(
            new JsonSerializerOptions
            {
                Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            }
        );
}
