using LinearScaling.Configuration;

namespace LinearScaling.Torch.Configuration;

/// <summary>What a run reads.</summary>
/// <param name="Source">Token shards or text; empty for the sample corpus.</param>
/// <param name="Mixture">Several corpora in place of one source, mixed by weight.</param>
/// <param name="Tokenizer">Tokenizer for text that is not tokenized yet.</param>
/// <param name="SeqLen">Tokens predicted a sequence.</param>
/// <param name="ResetAtEos">Documents packed into one sequence do not see each other: attention and recurrent state
/// start afresh after every end-of-text token.</param>
public sealed record DataConfig(
    string Source = "",
    IReadOnlyList<MixturePart>? Mixture = null,
    string Tokenizer = "cl100k",
    [Range(1, 1e8)] int SeqLen = 8192,
    bool ResetAtEos = false
) : IValidated
{
    /// <summary>What is read, and by what weight; an empty source is the sample corpus.</summary>
    public IReadOnlyList<MixturePart> Parts() => Mixture ?? [new(Source)];

    public IEnumerable<string> Problems()
    {
        if (Mixture is { Count: 0 })
            yield return "mixture: names no corpus; leave it out, or list {source, weight}";
        if (Mixture is not null && Source != "")
            yield return "source and mixture: a run reads one or the other; give one of them";
    }
}

/// <summary>One corpus of a mixture.</summary>
/// <param name="Source">Token shards or text; empty for the sample corpus.</param>
/// <param name="Weight">Its share of the sequences, next to the others' weights.</param>
public sealed record MixturePart(string Source, [Positive] double Weight = 1);
