namespace LinearScaling.Torch.Native;

/// <summary>Blocks of the system's memory, kept for the next taker when they are given back.</summary>
/// <remarks>Its tables have a fixed size and it calls nothing that allocates, so that taking and giving cannot throw:
/// libtorch's frames, which no .NET exception may cross, are around them. Any thread may call.</remarks>
/// <param name="liveBlocks">Blocks that may be out at once, a power of two; one more is declined.</param>
/// <param name="keptBlocks">Blocks kept; for one more the oldest goes back to the system.</param>
/// <param name="hugePages">Whether blocks ask the kernel for pages of 2 MiB.</param>
internal sealed unsafe class BlockPool(SystemMemory memory, int liveBlocks, int keptBlocks, bool hugePages)
{
    /// <summary>Bytes kept above the peak of the blocks that are out: those of a few sizes that are wanted in turns
    /// where a step takes the most, or of the many shapes of an evaluation's batches.</summary>
    public const long Slack = 256 << 20;

    private const long Page = 4096;
    private const long HugePage = 2 << 20;

    private readonly void* gate = SystemMemory.NewLock();
    private readonly BlockTable live = new(liveBlocks);
    private readonly (nint Block, long Bytes)[] kept = new (nint, long)[keptBlocks]; // oldest first
    private int keptCount;
    private long keptBytes;
    private long liveBytes;
    private long peakBytes;
    private bool declined;

    /// <summary>Bytes that are out; null where a block was declined since <see cref="ResetPeak"/>, so that not all are
    /// counted.</summary>
    public long? LiveBytes => Read(ref liveBytes);

    /// <summary>The most bytes that were out at once since <see cref="ResetPeak"/>; null as <see cref="LiveBytes"/>
    /// is.</summary>
    public long? PeakBytes => Read(ref peakBytes);

    /// <summary>Blocks that wait for a taker.</summary>
    public int KeptBlocks => keptCount;

    /// <summary>Begins to count <see cref="PeakBytes"/> anew, and gives back what is kept.</summary>
    public void ResetPeak()
    {
        memory.Enter(gate);
        Evict(long.MaxValue);
        peakBytes = liveBytes;
        declined = false;
        memory.Leave(gate);
    }

    /// <summary>A block of that many bytes or an eighth more, at the border of a page; 0 where the system has none or
    /// too many are out.</summary>
    public nint Take(long bytes)
    {
        bytes = (bytes + Page - 1) & ~(Page - 1);
        memory.Enter(gate);
        var block = live.IsFull ? 0 : Reuse(ref bytes);
        if (block == 0 && !live.IsFull)
        {
            Evict(liveBytes + keptBytes + bytes - Math.Max(peakBytes, liveBytes + bytes) - Slack);
            block = Fresh(bytes);
            if (block == 0)
            {
                Evict(long.MaxValue);
                block = Fresh(bytes);
            }
        }
        if (block != 0)
        {
            live.Add(block, bytes);
            liveBytes += bytes;
            peakBytes = Math.Max(peakBytes, liveBytes);
        }
        else
            declined = true;
        memory.Leave(gate);
        return block;
    }

    /// <returns>False where the block was not taken from here.</returns>
    public bool Give(nint block)
    {
        memory.Enter(gate);
        var ours = live.Remove(block, out var bytes);
        if (ours)
        {
            if (keptCount == kept.Length)
                Evict(1);
            kept[keptCount++] = (block, bytes);
            (liveBytes, keptBytes) = (liveBytes - bytes, keptBytes + bytes);
        }
        memory.Leave(gate);
        return ours;
    }

    private long? Read(ref long bytes)
    {
        memory.Enter(gate);
        long? value = declined ? null : bytes;
        memory.Leave(gate);
        return value;
    }

    /// <summary>A kept block that is hardly larger, the last one freed among equals: the likeliest to be in a cache.
    /// Else 0.</summary>
    private nint Reuse(ref long bytes)
    {
        var best = -1;
        for (var i = keptCount - 1; i >= 0; i--)
            if (
                kept[i].Bytes >= bytes
                && kept[i].Bytes <= bytes + bytes / 8
                && (best < 0 || kept[i].Bytes < kept[best].Bytes)
            )
                best = i;
        if (best < 0)
            return 0;
        (var block, bytes) = kept[best];
        Forget(best, 1);
        keptBytes -= bytes;
        return block;
    }

    /// <summary>Gives blocks back to the system, oldest first, until so many bytes are free.</summary>
    private void Evict(long bytes)
    {
        var count = 0;
        for (; count < keptCount && bytes > 0; count++)
        {
            memory.Unmap(kept[count].Block, kept[count].Bytes);
            bytes -= kept[count].Bytes;
            keptBytes -= kept[count].Bytes;
        }
        Forget(0, count);
    }

    private void Forget(int from, int count)
    {
        Array.Copy(kept, from + count, kept, from, keptCount - from - count);
        keptCount -= count;
    }

    /// <summary>New memory, at a huge page's border where it holds one; 0 where there is none.</summary>
    private nint Fresh(long bytes)
    {
        if (!hugePages || bytes < HugePage)
            return memory.Map(bytes);
        var all = memory.Map(bytes + HugePage);
        if (all == 0)
            return 0;
        var block = (nint)((all + HugePage - 1) & ~(HugePage - 1));
        if (block > all)
            memory.Unmap(all, block - all);
        if (all + HugePage > block)
            memory.Unmap((nint)(block + bytes), all + HugePage - block);
        memory.AskForHugePages(block, bytes);
        return block;
    }
}
