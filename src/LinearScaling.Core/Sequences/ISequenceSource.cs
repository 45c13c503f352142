namespace LinearScaling.Sequences;

/// <summary>Training sequences as a pure function of their index: the same for any number of ranks, workers and
/// accumulation steps, and seekable.</summary>
/// <remarks>Several threads may read at a time.</remarks>
public interface ISequenceSource : IDisposable
{
    /// <summary>Tokens predicted a sequence; each sequence holds one token more.</summary>
    int SeqLen { get; }

    /// <summary>Fills <paramref name="tokens"/> (<see cref="SeqLen"/> + 1 ids) with sequence <paramref name="index"/>,
    /// counted over all epochs.</summary>
    void Read(long index, Span<int> tokens);

    /// <summary>Where a sequence comes from, for messages: the shard and row group it begins in.</summary>
    string Describe(long index) => $"sequence {index}";
}
