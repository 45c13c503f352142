using System.Globalization;
using LinearScaling.Files;
using LinearScaling.Shards;
using LinearScaling.Text;

namespace LinearScaling.Sequences;

/// <summary>What a run trains on and is validated with: one corpus, or several mixed by weight.</summary>
public sealed class TrainingData
{
    private readonly IReadOnlyList<(Corpus Corpus, double Weight)> parts;

    private TrainingData(IReadOnlyList<(Corpus Corpus, double Weight)> parts) => this.parts = parts;

    public Tokenizer Tokenizer => parts[0].Corpus.Tokenizer;

    /// <summary>Identifies everything about the data that training depends on, besides the seed of its order: a
    /// corpus's own, or a hash over the corpora's and their weights.</summary>
    public string Fingerprint =>
        parts is [var (only, _)]
            ? only.Fingerprint
            : Checksum.Compute(
                string.Concat(
                    parts.Select(p =>
                        string.Create(CultureInfo.InvariantCulture, $"{p.Corpus.Fingerprint} {p.Weight}\n")
                    )
                )
            );

    /// <param name="sources">Directories of shards, or text to be prepared into the cache, and their weights; an empty
    /// one is the sample corpus.</param>
    /// <param name="tokenizer">For text; shards keep their own. Null is the byte tokenizer.</param>
    /// <param name="report">Told, in words, when text is being prepared.</param>
    /// <exception cref="LinearScalingException">The corpora were made with different tokenizers, or one cannot be
    /// opened.</exception>
    public static TrainingData Open(
        IReadOnlyList<(string Source, double Weight)> sources,
        string? tokenizer,
        Action<string>? report = null,
        CancellationToken cancellationToken = default
    )
    {
        var parts = sources.Select(s => (Open(s.Source), s.Weight)).ToList();
        var (first, _) = parts[0];
        foreach (var ((corpus, _), (source, _)) in parts.Zip(sources))
            if (corpus.Tokenizer.Hash != first.Tokenizer.Hash)
                throw SequenceMistakes.MixedTokenizers(
                    source,
                    corpus.Tokenizer.Name,
                    sources[0].Source,
                    first.Tokenizer.Name
                );
        return new(parts);

        Corpus Open(string source) =>
            source == ""
                ? Corpus.Open(null, tokenizer, report, cancellationToken)
                : Corpus.Open(source, Manifest.IsIn(source) ? null : tokenizer, report, cancellationToken);
    }

    /// <summary>The endless training stream: sequence i is a pure function of (manifests, weights, seq_len, seed,
    /// i).</summary>
    public ISequenceSource Sequences(int seqLen, ulong seed) =>
        parts is [var (only, _)]
            ? only.Sequences(seqLen, seed)
            : new MixtureSource([.. parts.Select(p => (p.Corpus.Sequences(seqLen, seed), p.Weight))], seed);

    /// <summary>The held-out documents of every corpus, each corpus packed into sequences of its own.</summary>
    public IReadOnlyList<ValidationSet> Validation(int seqLen) => [.. parts.Select(p => p.Corpus.Validation(seqLen))];
}
