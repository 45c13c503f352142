using System.Text.Json;
using LinearScaling.Files;

namespace LinearScaling.Text;

/// <summary>A Hugging Face <c>tokenizer.json</c>. Every key of it is known: what lcs does not do is refused by
/// name.</summary>
/// <param name="Normalizer">As written; null where there is none.</param>
/// <param name="PreTokenizer">As written; null where there is none.</param>
internal sealed record TokenizerFile(
    JsonElement? Normalizer,
    JsonElement? PreTokenizer,
    IReadOnlyList<AddedToken> AddedTokens,
    BpeModel Model
)
{
    /// <summary>More than any vocabulary has: ids index arrays.</summary>
    private const int MostIds = 1 << 24;

    /// <exception cref="LinearScalingException">It is none, is damaged, or asks for what lcs does not do.</exception>
    public static TokenizerFile Read(string path)
    {
        try
        {
            return ReadFile(new(path, "", StrictJson.Parse(File.ReadAllBytes(path))));
        }
        catch (JsonException e)
        {
            throw new LinearScalingException($"{path}: not a tokenizer.json: {e.Message}", e);
        }
    }

    private static TokenizerFile ReadFile(TokenizerNode root)
    {
        root.AllowKeys(
            "version",
            "truncation",
            "padding",
            "added_tokens",
            "normalizer",
            "pre_tokenizer",
            "post_processor", // adds tokens that lcs adds itself where they are wanted
            "decoder", // lcs decodes as each kind of tokenizer encodes
            "model"
        );
        root.RefuseUnlessNull("truncation", "padding");
        var model = ReadModel(root.Object("model"));
        var added = root.Items("added_tokens").Select(ReadAdded).ToList();
        foreach (var token in added)
            if (model.Vocab.TryGetValue(token.Content, out var id) && id != token.Id)
                throw root.Wrong($"added token '{token.Content}' has id {token.Id}, in the vocabulary {id}");
        if (added.GroupBy(t => t.Id).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw root.Wrong($"added tokens '{string.Join("' and '", twice.Select(t => t.Content))}' have one id");
        return new(root.Optional("normalizer"), root.Optional("pre_tokenizer"), added, model);
    }

    private static AddedToken ReadAdded(TokenizerNode token)
    {
        token.AllowKeys("id", "content", "single_word", "lstrip", "rstrip", "normalized", "special");
        var added = new AddedToken(
            token.Integer("id", MostIds),
            token.Text("content"),
            token.Flag("special"),
            token.Flag("normalized", !token.Flag("special"))
        );
        foreach (var key in (string[])["single_word", "lstrip", "rstrip"])
            if (!added.Special && token.Flag(key))
                throw token.Wrong($"{key} is true; lcs cuts added tokens out of the text exactly as they are written");
        return added;
    }

    private static BpeModel ReadModel(TokenizerNode model)
    {
        if (model.Text("type", "BPE") is not "BPE" and var type)
            throw TokenizerMistakes.OtherType(model.File, type);
        model.AllowKeys(
            "type",
            "dropout",
            "unk_token",
            "continuing_subword_prefix",
            "end_of_word_suffix",
            "fuse_unk",
            "byte_fallback",
            "ignore_merges",
            "vocab",
            "merges"
        );
        model.RefuseUnlessNull("dropout");
        foreach (var key in (string[])["continuing_subword_prefix", "end_of_word_suffix"])
            if (model.Text(key, "").Length > 0)
                throw model.Wrong($"{key} is '{model.Text(key, "")}'; lcs reads tokenizers without one");

        var vocab = new Dictionary<string, int>(StringComparer.Ordinal);
        var tokens = new Dictionary<int, string>();
        foreach (var (token, id) in model.Object("vocab").Integers(MostIds))
            if (tokens.TryAdd(id, token))
                vocab.Add(token, id);
            else
                throw model.Wrong($"vocab: '{tokens[id]}' and '{token}' have one id, {id}");
        if (vocab.Count == 0)
            throw model.Wrong("vocab is empty");

        int? unknown = null;
        if (model.Text("unk_token", "") is { Length: > 0 } name)
            unknown = vocab.TryGetValue(name, out var id)
                ? id
                : throw model.Wrong($"unk_token '{name}' is not in the vocabulary");
        return new(
            vocab,
            ReadMerges(model, vocab),
            model.Flag("byte_fallback"),
            model.Flag("ignore_merges"),
            unknown,
            model.Flag("fuse_unk")
        );
    }

    private static Dictionary<(int Left, int Right), (int Rank, int Id)> ReadMerges(
        TokenizerNode model,
        Dictionary<string, int> vocab
    )
    {
        var merges = new Dictionary<(int, int), (int, int)>();
        var rank = 0;
        foreach (var merge in model.Items("merges"))
        {
            if (merge.Pair() is not (var left, var right))
                throw merge.Wrong("is not a pair of tokens");
            if (new[] { left, right, left + right }.FirstOrDefault(t => !vocab.ContainsKey(t)) is { } missing)
                throw merge.Wrong($"'{missing}' is not in the vocabulary");
            merges.TryAdd((vocab[left], vocab[right]), (rank++, vocab[left + right]));
        }
        return merges;
    }
}

/// <summary>A token beside the merged vocabulary.</summary>
/// <param name="Special">Never read from text here; the others are cut out of the text before anything else.</param>
/// <param name="Normalized">Cut out of the text after it is normalized, not before.</param>
internal sealed record AddedToken(int Id, string Content, bool Special, bool Normalized = true);

/// <summary>The BPE model of a tokenizer.json.</summary>
/// <param name="Merges">Rank and resulting id of each pair of ids.</param>
/// <param name="ByteFallback">Characters without a token become their UTF-8 bytes' tokens, <c>&lt;0x0A&gt;</c>.</param>
/// <param name="IgnoreMerges">A piece that is a token is that token, whatever the merges say.</param>
/// <param name="Unknown">Stands for what no token stands for, which is left out where this is null.</param>
/// <param name="FuseUnknown">Whether unknowns in a row are one token.</param>
internal sealed record BpeModel(
    IReadOnlyDictionary<string, int> Vocab,
    Dictionary<(int Left, int Right), (int Rank, int Id)> Merges,
    bool ByteFallback,
    bool IgnoreMerges,
    int? Unknown,
    bool FuseUnknown
);
