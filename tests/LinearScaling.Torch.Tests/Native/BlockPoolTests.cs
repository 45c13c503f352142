using LinearScaling.Torch.Native;

namespace LinearScaling.Tests.Torch.Native;

public class BlockPoolTests
{
    private const int Live = 4;
    private const int Kept = 2;
    private const long Bytes = 1 << 16;

    [Fact]
    public void Past_its_bound_it_declines_and_no_longer_says_what_it_has_not_counted()
    {
        var pool = Pool();
        var blocks = Enumerable.Range(0, Live).Select(_ => pool.Take(Bytes)).ToList();
        Assert.Distinct(blocks);
        Assert.DoesNotContain(0, blocks);
        Assert.Equal(Live * Bytes, pool.PeakBytes);

        Assert.Equal(0, pool.Take(Bytes));
        Assert.Null(pool.PeakBytes);
        Assert.Null(pool.LiveBytes);

        Assert.True(pool.Give(blocks[0]));
        Assert.Equal(blocks[0], pool.Take(Bytes));
        pool.ResetPeak();
        Assert.Equal(Live * Bytes, pool.PeakBytes);
        blocks.ForEach(block => Assert.True(pool.Give(block)));
        Assert.Equal(0, pool.LiveBytes);
        pool.ResetPeak();
    }

    [Fact]
    public void Keeps_no_more_blocks_than_its_table_holds_the_last_ones()
    {
        var pool = Pool();
        var blocks = Enumerable.Range(0, Live).Select(i => pool.Take(Bytes << i)).ToList();
        blocks.ForEach(block => Assert.True(pool.Give(block)));
        Assert.Equal(Kept, pool.KeptBlocks);
        Assert.Equal(blocks[^1], pool.Take(Bytes << 3));
        Assert.Equal(blocks[^2], pool.Take(Bytes << 2));
        Assert.Equal(0, pool.KeptBlocks);
    }

    [Fact]
    public void Memory_that_is_not_there_is_declined() => Assert.Equal(0, Pool().Take(1L << 60));

    [Fact]
    public void A_block_of_another_s_is_not_taken_back() => Assert.False(Pool().Give(4096));

    /// <summary>What allocates could throw, and libtorch calls these.</summary>
    [Fact]
    public void Taking_and_giving_past_every_bound_allocates_nothing()
    {
        var pool = Pool();
        Span<nint> blocks = stackalloc nint[2 * Live];
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var round = 0; round < 100; round++)
        {
            for (var i = 0; i < blocks.Length; i++)
                blocks[i] = pool.Take(Bytes << (i % 4));
            foreach (var block in blocks)
                pool.Give(block);
        }
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        pool.ResetPeak();
    }

    private static BlockPool Pool()
    {
        var memory = SystemMemory.Find();
        Assert.SkipWhen(memory is null, "the pool is for Linux on x86-64 with glibc");
        return new BlockPool(memory!, Live, Kept, hugePages: false);
    }
}
