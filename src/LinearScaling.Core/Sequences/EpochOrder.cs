namespace LinearScaling.Sequences;

/// <summary>The row groups of one epoch in their order, and where each begins in the epoch's token stream.</summary>
internal sealed class EpochOrder
{
    private readonly int[] groups;
    private readonly long[] ends;

    /// <param name="lengths">Stream tokens of each row group.</param>
    public EpochOrder(ReadOnlySpan<int> lengths, ulong seed, long epoch)
    {
        Epoch = epoch;
        groups = new int[lengths.Length];
        for (var i = 0; i < groups.Length; i++)
            groups[i] = i;
        new SplitMix64(SplitMix64.Mix(seed, (ulong)epoch)).Shuffle(groups);
        ends = new long[groups.Length];
        var end = 0L;
        for (var i = 0; i < groups.Length; i++)
            ends[i] = end += lengths[groups[i]];
    }

    public long Epoch { get; }

    /// <summary>The row group that holds a position of the epoch's stream, where in it, and how many tokens of it are
    /// left.</summary>
    public (int Group, int Offset, int Left) Locate(long position)
    {
        var at = Array.BinarySearch(ends, position + 1); // the first end beyond the position
        if (at < 0)
            at = ~at;
        var start = at == 0 ? 0 : ends[at - 1];
        return (groups[at], (int)(position - start), (int)(ends[at] - position));
    }
}
