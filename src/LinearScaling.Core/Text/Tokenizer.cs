using System.Reflection;

namespace LinearScaling.Text;

/// <summary>A mapping between text and token ids in which every text has exactly one encoding: no special token is ever
/// read from the text.</summary>
public abstract record Tokenizer
{
    public static Registry Variants { get; } =
        new(
            "tokenizer",
            ("byte", typeof(ByteTokenizer)),
            ("cl100k", typeof(Cl100kTokenizer)),
            ("tokenizer.json", typeof(JsonTokenizer)),
            ("tokenizer.model", typeof(SentencePieceTokenizer))
        );

    /// <summary>The tokenizers that need no file.</summary>
    public static IReadOnlyList<string> BuiltIn { get; } = [.. Variants.Names.Where(NeedsNoFile)];

    /// <summary>The others: the name of each is that of its file.</summary>
    private static IReadOnlyList<string> FileNames { get; } = [.. Variants.Names.Except(BuiltIn)];

    /// <summary>What <see cref="Open"/> takes: the name of a built-in tokenizer, or the path of a tokenizer's
    /// file.</summary>
    public abstract string Name { get; }

    /// <summary>A short name for files and tables.</summary>
    public virtual string Label => Name;

    /// <summary>Identifies vocabulary, merges and splitting rules: two tokenizers with one hash give the same
    /// ids.</summary>
    public abstract string Hash { get; }

    /// <summary>One more than the largest id.</summary>
    public abstract int VocabSize { get; }

    /// <summary>Rows of the embedding: <see cref="VocabSize"/> rounded up to a multiple of 8, which suits matrix
    /// units.</summary>
    public int PaddedVocabSize => (VocabSize + 7) / 8 * 8;

    /// <summary>The id put between documents.</summary>
    public abstract int EndOfText { get; }

    /// <summary>The id that a sequence starts with where the vocabulary has one of its own for that.</summary>
    public virtual int? BosId => null;

    /// <summary>Bytes of text that decode(encode(text)) gives back unchanged for every text.</summary>
    public virtual bool IsLossless => true;

    /// <summary>About how many bytes of text a token stands for; plans count on it, nothing else does.</summary>
    public virtual int BytesPerToken => 4;

    public abstract int[] Encode(string text);

    /// <summary>The text of the ids; the bytes of a character cut in half come out as U+FFFD.</summary>
    public abstract string Decode(ReadOnlySpan<int> ids);

    /// <summary>Puts the file that this tokenizer was made from beside the shards; null for a built-in one.</summary>
    internal virtual string? CopyTo(string directory) => null;

    /// <summary>The tokenizer a user named.</summary>
    /// <param name="name">A built-in one, a tokenizer.json or tokenizer.model, or a folder with either.</param>
    public static Tokenizer Open(string name)
    {
        if (BuiltIn.Contains(name))
            return Create(name);
        if (Directory.Exists(name))
            name =
                FileNames.Select(f => Path.Combine(name, f)).FirstOrDefault(File.Exists)
                ?? throw new LinearScalingException($"tokenizer: {name} holds no {string.Join(" and no ", FileNames)}");
        if (!File.Exists(name))
            throw TokenizerMistakes.Unknown(name, BuiltIn, FileNames);
        var extension = Path.GetExtension(name);
        return Create(FileNames.FirstOrDefault(f => Path.GetExtension(f) == extension) ?? FileNames[^1], name);
    }

    private static bool NeedsNoFile(string name) =>
        Variants.TryGet(name, out var type) && type.GetConstructor(Type.EmptyTypes) is not null;

    private static Tokenizer Create(string variant, params object[] arguments) =>
        Variants.TryGet(variant, out var type)
            ? (Tokenizer)
                Activator.CreateInstance(
                    type,
                    BindingFlags.Public | BindingFlags.Instance | BindingFlags.DoNotWrapExceptions,
                    binder: null,
                    arguments,
                    culture: null
                )!
            : throw new ArgumentException($"no tokenizer {variant}", nameof(variant));
}
