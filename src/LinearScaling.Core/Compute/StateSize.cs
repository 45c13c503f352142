namespace LinearScaling.Compute;

/// <summary>What one sequence keeps for the tokens that follow it, in elements, all layers.</summary>
/// <param name="Mixers">Recurrent states of the token mixers; 0 for softmax attention.</param>
/// <param name="Entry">Recurrent states of what comes before the first block.</param>
/// <param name="KeyValue">Keys and values that one token adds to the cache; 0 for linear attention.</param>
public sealed record StateSize(long Mixers, long Entry = 0, long KeyValue = 0)
{
    /// <summary>Elements of everything recurrent.</summary>
    public long Recurrent => Mixers + Entry;

    /// <summary>Bytes that the recurrent states take at any position; they are fp32.</summary>
    public long RecurrentBytes => 4 * Recurrent;

    /// <summary>Bytes that the cache of keys and values takes at a position.</summary>
    /// <param name="tokens">Positions in the cache.</param>
    /// <param name="bytes">Bytes of an element: 2 for bf16, 4 for fp32.</param>
    public long KeyValueBytes(long tokens, int bytes) => KeyValue * tokens * bytes;
}
