using LinearScaling.Torch.Native;

namespace LinearScaling.Tests.Torch.Native;

public class BlockTableTests
{
    private const int Capacity = 64;

    /// <summary>Beside a dictionary, near its bound, where slots are kept from their home.</summary>
    [Fact]
    public void Finds_what_was_added_and_nothing_else()
    {
        var (table, expected) = (new BlockTable(Capacity), new Dictionary<nint, long>());
        var random = new Random(1);
        for (var i = 0; i < 100_000; i++)
        {
            var block = (nint)random.Next(1, 3 * Capacity) << 12;
            if (expected.Remove(block, out var bytes))
            {
                Assert.True(table.Remove(block, out var found));
                Assert.Equal(bytes, found);
                continue;
            }
            Assert.False(table.Remove(block, out _));
            Assert.Equal(expected.Count == Capacity, table.IsFull);
            if (table.IsFull)
                continue;
            table.Add(block, i);
            expected.Add(block, i);
        }
    }

    [Fact]
    public void Is_full_at_its_bound_and_has_room_again()
    {
        var table = new BlockTable(Capacity);
        for (var i = 1; i <= Capacity; i++)
        {
            Assert.False(table.IsFull);
            table.Add((nint)i << 21, i);
        }
        Assert.True(table.IsFull);
        Assert.False(table.Remove(0, out _)); // what marks an empty slot is no block
        Assert.True(table.Remove((nint)7 << 21, out var bytes));
        Assert.Equal(7, bytes);
        Assert.False(table.IsFull);
    }
}
