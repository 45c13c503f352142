namespace LinearScaling.Torch.Native;

/// <summary>A pool of memory blocks: a freed block is kept for the next request.</summary>
/// <remarks>libtorch calls it, and no .NET exception may cross libtorch's frames. So its tables have a fixed size, and
/// taking and giving neither allocate nor throw. Thread-safe.</remarks>
/// <param name="liveBlocks">Blocks in use at once, a power of two; requests beyond that are declined.</param>
/// <param name="keptBlocks">Free blocks kept; beyond that the oldest is returned to the system.</param>
/// <param name="hugePages">Whether blocks ask the kernel for pages of 2 MiB.</param>
internal sealed unsafe class BlockPool(SystemMemory memory, int liveBlocks, int keptBlocks, bool hugePages)
{
    /// <summary>Free bytes kept above the peak of the bytes in use: enough for the few sizes that alternate at the peak
    /// of a step, or for the many shapes of an evaluation's batches.</summary>
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

    /// <summary>Bytes in use; null when a request was declined since <see cref="ResetPeak"/>, because not all are
    /// counted then.</summary>
    public long? LiveBytes => Read(ref liveBytes);

    /// <summary>The most bytes in use at once since <see cref="ResetPeak"/>; null as <see cref="LiveBytes"/>
    /// is.</summary>
    public long? PeakBytes => Read(ref peakBytes);

    /// <summary>Free blocks.</summary>
    public int KeptBlocks => keptCount;

    /// <summary>Restarts <see cref="PeakBytes"/> and returns the free blocks to the system.</summary>
    public void ResetPeak()
    {
        memory.Lock(gate);
        Evict(long.MaxValue);
        peakBytes = liveBytes;
        declined = false;
        memory.Unlock(gate);
    }

    /// <summary>A page-aligned block of at least that many bytes, at most an eighth more; 0 when the system has none or
    /// too many are in use.</summary>
    public nint Take(long bytes)
    {
        bytes = (bytes + Page - 1) & ~(Page - 1);
        memory.Lock(gate);
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
        memory.Unlock(gate);
        return block;
    }

    /// <returns>False when the block is not this pool's.</returns>
    public bool Give(nint block)
    {
        memory.Lock(gate);
        var ours = live.Remove(block, out var bytes);
        if (ours)
        {
            if (keptCount == kept.Length)
                Evict(1);
            kept[keptCount++] = (block, bytes);
            (liveBytes, keptBytes) = (liveBytes - bytes, keptBytes + bytes);
        }
        memory.Unlock(gate);
        return ours;
    }

    private long? Read(ref long bytes)
    {
        memory.Lock(gate);
        long? value = declined ? null : bytes;
        memory.Unlock(gate);
        return value;
    }

    /// <summary>The smallest free block that is at most an eighth larger; among equals the one freed last, which is the
    /// likeliest to be in a cache. 0 when there is none.</summary>
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

    /// <summary>Returns blocks to the system, oldest first, until that many bytes are returned.</summary>
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

    /// <summary>New memory, aligned to a huge page when it is large enough for one; 0 when there is none.</summary>
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
