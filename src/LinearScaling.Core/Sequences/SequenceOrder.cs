namespace LinearScaling.Sequences;

/// <summary>Which tokens make up training sequence i: a pure function of (row-group lengths, seq_len, seed,
/// i).</summary>
/// <remarks>
/// Every epoch's row groups, shuffled by (seed, epoch), form one stream of T tokens, and epoch follows epoch, so that
/// window w covers positions [w S, w S + S] of an endless stream: every token of every epoch is an input exactly once
/// and, the very first aside, a target exactly once; the last window of an epoch reads on into the next. Window w
/// begins in epoch floor(w S / T). The windows of an epoch are cut into lanes, as equal as can be, and dealt lane after
/// lane, so that neighbouring sequences are a lane apart. Several threads may ask at a time.
/// </remarks>
public sealed class SequenceOrder
{
    /// <summary>Tokens that the row groups open at one time may hold: 128 MiB of ids.</summary>
    private const int OpenTokens = 1 << 25;

    private const int MaxLanes = 128;

    private readonly int[] lengths;
    private readonly int seqLen;
    private readonly ulong seed;

    // the present epoch and the one its last window reads on into, by parity
    private readonly EpochOrder?[] epochs = new EpochOrder?[2];

    /// <param name="lengths">Stream tokens of each row group.</param>
    public SequenceOrder(int[] lengths, int seqLen, ulong seed)
    {
        this.lengths = lengths;
        this.seqLen = seqLen;
        this.seed = seed;
        var longest = 1;
        foreach (var length in lengths)
        {
            StreamTokens += length;
            longest = Math.Max(longest, length);
        }
        var windows = Math.Max(1, StreamTokens / seqLen);
        // Neighbours are at least windows / lanes - 1 windows apart: more than the longest row group, wherever there
        // are row groups enough for two lanes.
        var apart = windows / (2 + (longest + seqLen - 1) / seqLen);
        Lanes = (int)Math.Clamp(apart >= 2 ? apart : windows, 1, Math.Clamp(OpenTokens / longest, 2, MaxLanes));
    }

    /// <summary>Tokens per epoch, end-of-text tokens included.</summary>
    public long StreamTokens { get; }

    public int Lanes { get; }

    /// <summary>The first sequence of an epoch.</summary>
    public long FirstOf(long epoch) => CeilingDivide(checked(epoch * StreamTokens), seqLen);

    /// <summary>The epoch in which a sequence begins.</summary>
    public long EpochOf(long sequence) => checked(sequence * seqLen) / StreamTokens;

    /// <summary>Where sequence <paramref name="index"/> begins in the endless stream.</summary>
    public long PositionOf(long index)
    {
        var first = FirstOf(EpochOf(index));
        var count = FirstOf(EpochOf(index) + 1) - first;
        var (offset, lane) = Math.DivRem(index - first, Lanes);
        var (longLane, longLanes) = Math.DivRem(count, Lanes);
        return (first + lane * longLane + Math.Min(lane, longLanes) + offset) * seqLen;
    }

    /// <summary>The row group that holds a position of the endless stream, where in it, and how many tokens of it are
    /// left.</summary>
    public (int Group, int Offset, int Left) Locate(long position)
    {
        var (epoch, offset) = Math.DivRem(position, StreamTokens);
        var order = epochs[epoch & 1];
        if (order?.Epoch != epoch)
            epochs[epoch & 1] = order = new EpochOrder(lengths, seed, epoch);
        return order.Locate(offset);
    }

    private static long CeilingDivide(long a, long b) => (a + b - 1) / b;
}
