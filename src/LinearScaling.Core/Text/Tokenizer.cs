using LinearScaling.Configuration;

namespace LinearScaling.Text;

/// <summary>A mapping between text and token ids in which every text has exactly one encoding: no special token is ever read from the text.</summary>
public abstract record Tokenizer
{
    public static Registry Variants { get; } = new("tokenizer",
        ("byte", typeof(ByteTokenizer)),
        ("cl100k", typeof(Cl100kTokenizer)));

    /// <summary>What a user types and what shards record.</summary>
    public abstract string Name { get; }

    /// <summary>Identifies vocabulary, merges and splitting rules: two tokenizers with one hash give the same ids.</summary>
    public abstract string Hash { get; }

    /// <summary>One more than the largest id.</summary>
    public abstract int VocabSize { get; }

    /// <summary>Rows of the embedding: <see cref="VocabSize"/> rounded up to a multiple of 8, as matrix units like it.</summary>
    public int PaddedVocabSize => (VocabSize + 7) / 8 * 8;

    /// <summary>The id put between documents.</summary>
    public abstract int EndOfText { get; }

    /// <summary>The id that a sequence starts with where the vocabulary has one of its own for that.</summary>
    public virtual int? BosId => null;

    /// <summary>Bytes of text that decode(encode(text)) gives back unchanged for every text.</summary>
    public virtual bool IsLossless => true;

    public abstract int[] Encode(string text);

    /// <summary>The text of the ids; the bytes of a character cut in half come out as U+FFFD.</summary>
    public abstract string Decode(ReadOnlySpan<int> ids);

    /// <summary>Puts the file that this tokenizer was made from beside the shards; null for a built-in one.</summary>
    internal virtual string? CopyTo(string directory) => null;

    /// <summary>The tokenizer a user named.</summary>
    public static Tokenizer Open(string name)
    {
        if (Variants.TryGet(name, out var type))
            return (Tokenizer)Activator.CreateInstance(type)!;
        throw new LinearScalingException("tokenizer: " + NearestNames.Unknown(Variants.Kind, name, Variants.Names));
    }
}
