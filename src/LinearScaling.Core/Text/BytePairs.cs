namespace LinearScaling.Text;

/// <summary>Byte-pair merging: of all neighbouring pairs the one with the lowest rank, the leftmost of equals, is
/// merged until none can be.</summary>
/// <param name="merges">Rank and resulting id of each pair of ids.</param>
internal sealed class BytePairs(Dictionary<(int Left, int Right), (int Rank, int Id)> merges)
{
    /// <summary>Up to here looking through all pairs each time is faster than a queue.</summary>
    private const int Short = 48;

    /// <summary>Merges <paramref name="symbols"/> in place and returns how many are left.</summary>
    public int Merge(Span<int> symbols) => symbols.Length <= Short ? MergeShort(symbols) : MergeLong(symbols);

    private int MergeShort(Span<int> symbols)
    {
        var count = symbols.Length;
        Span<int> ranks = stackalloc int[Short];
        for (var i = 0; i + 1 < count; i++)
            ranks[i] = Rank(symbols[i], symbols[i + 1]);
        while (count > 1)
        {
            var best = 0;
            for (var i = 1; i + 1 < count; i++)
                if (ranks[i] < ranks[best])
                    best = i;
            if (ranks[best] == int.MaxValue)
                break;
            symbols[best] = merges[(symbols[best], symbols[best + 1])].Id;
            count--;
            symbols[(best + 2)..(count + 1)].CopyTo(symbols[(best + 1)..]);
            if (best + 1 < count)
            {
                ranks[(best + 1)..count].CopyTo(ranks[best..]);
                ranks[best] = Rank(symbols[best], symbols[best + 1]);
            }
            if (best > 0)
                ranks[best - 1] = Rank(symbols[best - 1], symbols[best]);
        }
        return count;
    }

    private int MergeLong(Span<int> symbols)
    {
        var next = new int[symbols.Length];
        var previous = new int[symbols.Length];
        var queue = new PriorityQueue<(int At, int Left, int Right), (int Rank, int At)>();
        for (var i = 0; i < symbols.Length; i++)
        {
            next[i] = i + 1;
            previous[i] = i - 1;
            if (i + 1 < symbols.Length)
                Enqueue(queue, i, symbols[i], symbols[i + 1]);
        }
        while (queue.TryDequeue(out var pair, out _))
        {
            // A pair is out of date once either side has been merged into something else; merged-away symbols are -1.
            var right = next[pair.At];
            if (symbols[pair.At] != pair.Left || right >= symbols.Length || symbols[right] != pair.Right)
                continue;
            symbols[pair.At] = merges[(pair.Left, pair.Right)].Id;
            symbols[right] = -1;
            next[pair.At] = next[right];
            if (next[right] < symbols.Length)
            {
                previous[next[right]] = pair.At;
                Enqueue(queue, pair.At, symbols[pair.At], symbols[next[right]]);
            }
            if (previous[pair.At] >= 0)
                Enqueue(queue, previous[pair.At], symbols[previous[pair.At]], symbols[pair.At]);
        }
        var count = 0;
        foreach (var symbol in symbols)
            if (symbol >= 0)
                symbols[count++] = symbol;
        return count;
    }

    private void Enqueue(PriorityQueue<(int, int, int), (int, int)> queue, int at, int left, int right)
    {
        if (merges.TryGetValue((left, right), out var merge))
            queue.Enqueue((at, left, right), (merge.Rank, at));
    }

    private int Rank(int left, int right) =>
        merges.TryGetValue((left, right), out var merge) ? merge.Rank : int.MaxValue;
}
