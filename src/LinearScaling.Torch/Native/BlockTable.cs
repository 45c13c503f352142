namespace LinearScaling.Torch.Native;

/// <summary>The sizes of blocks by their address: a hash table of fixed size, so that nothing it does allocates or
/// throws.</summary>
/// <param name="capacity">Blocks it holds, a power of two.</param>
internal sealed class BlockTable(int capacity)
{
    // At least half empty, so that probes are short; address 0 marks an empty slot.
    private readonly (nint Block, long Bytes)[] slots = new (nint, long)[2 * capacity];
    private int count;

    public bool IsFull => count == capacity;

    /// <summary>Adds a block that is not in the table, which must not be full.</summary>
    public void Add(nint block, long bytes)
    {
        var at = Home(block);
        while (slots[at].Block != 0)
            at = Next(at);
        slots[at] = (block, bytes);
        count++;
    }

    /// <returns>False when the block is not in the table.</returns>
    public bool Remove(nint block, out long bytes)
    {
        bytes = 0;
        var at = Home(block);
        for (; slots[at].Block != block || block == 0; at = Next(at))
            if (slots[at].Block == 0)
                return false;
        bytes = slots[at].Bytes;
        Close(at);
        count--;
        return true;
    }

    /// <summary>Empties a slot, and moves up the entries that it had displaced.</summary>
    private void Close(int hole)
    {
        for (var at = Next(hole); slots[at].Block != 0; at = Next(at))
            if (Distance(Home(slots[at].Block), at) >= Distance(hole, at))
            {
                slots[hole] = slots[at];
                hole = at;
            }
        slots[hole] = default;
    }

    private int Home(nint block) => (int)(((ulong)block >> 12) * 0x9E3779B97F4A7C15 >> 40) & (slots.Length - 1);

    private int Next(int at) => (at + 1) & (slots.Length - 1);

    private int Distance(int from, int to) => (to - from) & (slots.Length - 1);
}
