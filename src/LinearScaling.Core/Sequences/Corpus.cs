using LinearScaling.Preparing;
using LinearScaling.Shards;
using LinearScaling.Text;

namespace LinearScaling.Sequences;

/// <summary>Tokenized text ready for training: a directory with a manifest, opened.</summary>
public sealed class Corpus
{
    private readonly string directory;

    private Corpus(string directory, Manifest manifest, Tokenizer tokenizer)
    {
        this.directory = directory;
        Manifest = manifest;
        Tokenizer = tokenizer;
    }

    public Manifest Manifest { get; }

    public Tokenizer Tokenizer { get; }

    /// <summary>Identifies everything about the data that training depends on, besides the seed of its order.</summary>
    public string Fingerprint => Manifest.Fingerprint;

    /// <summary>Training tokens per epoch, end-of-text tokens included.</summary>
    public long TrainTokens => Manifest.ShardsIn(Split.Train).Sum(s => s.RowGroups.Sum(g => (long)g.StreamTokens));

    /// <param name="data">A directory of shards, or text to be prepared into the cache; null is the sample
    /// corpus.</param>
    /// <param name="tokenizer">A tokenizer's name; null is the shards' own, and for text the byte tokenizer.</param>
    /// <param name="report">Told, in words, when text is being prepared.</param>
    public static Corpus Open(
        string? data,
        string? tokenizer = null,
        Action<string>? report = null,
        CancellationToken cancellationToken = default
    )
    {
        if (data is not null && Manifest.IsIn(data))
            return OpenShards(data, tokenizer);
        return OpenShards(
            PreparedText.Open(data, LinearScaling.Text.Tokenizer.Open(tokenizer ?? "byte"), report, cancellationToken),
            null
        );
    }

    /// <summary>The endless training stream: sequence i is a pure function of (manifest, seq_len, seed, i).</summary>
    public ISequenceSource Sequences(int seqLen, ulong seed) =>
        new TrainingSequences(directory, Manifest, seqLen, seed);

    /// <summary>The held-out documents, or the first of them that make up <paramref name="maxTokens"/>
    /// tokens.</summary>
    public ValidationSet Validation(int seqLen, long maxTokens = long.MaxValue) =>
        new(directory, Manifest, Tokenizer, seqLen, maxTokens);

    /// <summary>The documents of one row group of a split, counted over its shards, as text.</summary>
    public (DocumentLengths Lengths, IEnumerable<string> Texts) Sample(Split split, int rowGroup = 0)
    {
        foreach (var shard in Manifest.ShardsIn(split))
        {
            if (rowGroup < shard.RowGroups.Count)
            {
                using var column = new TokenColumn();
                var group = new ShardReader(directory, shard).Read(rowGroup, column);
                var indices = Enumerable.Range(0, group.Starts.Length);
                return (
                    DocumentLengths.Encode(indices.Select(d => group.Document(d).Length)),
                    indices.Select(d => Tokenizer.Decode(group.Document(d)))
                );
            }
            rowGroup -= shard.RowGroups.Count;
        }
        throw new LinearScalingException($"{directory}: has no such row group in its {split} split");
    }

    private static Corpus OpenShards(string directory, string? tokenizerName)
    {
        var manifest = Manifest.Read(directory);
        var tokenizer = LinearScaling.Text.Tokenizer.Open(
            tokenizerName
                ?? (manifest.Tokenizer.File is { } file ? Path.Combine(directory, file) : manifest.Tokenizer.Name)
        );
        if (tokenizer.Hash != manifest.Tokenizer.Hash)
            throw SequenceMistakes.OtherTokenizer(
                directory,
                manifest.Tokenizer.Name,
                manifest.Tokenizer.Hash,
                tokenizer.Name,
                tokenizer.Hash
            );
        foreach (var shard in manifest.Shards)
            new ShardReader(directory, shard).CheckSize();
        return new(directory, manifest, tokenizer);
    }
}
