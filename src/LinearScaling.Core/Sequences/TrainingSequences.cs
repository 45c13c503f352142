using System.Collections.Concurrent;
using LinearScaling.Shards;

namespace LinearScaling.Sequences;

/// <summary>The training sequences of one corpus, read from its shards as they are asked for; memory does not depend on
/// the size of the corpus.</summary>
/// <remarks>Several threads may read at a time: each row group is decoded by the first that needs it, different ones
/// side by side.</remarks>
internal sealed class TrainingSequences : ISequenceSource
{
    private readonly List<(ShardReader Shard, int Index)> groups = [];
    private readonly SequenceOrder order;
    private readonly int endOfText;
    private readonly Lock gate = new();
    private readonly Dictionary<int, LinkedListNode<OpenGroup>> open = [];
    private readonly LinkedList<OpenGroup> recent = [];
    private readonly ConcurrentBag<TokenColumn> columns = []; // those that no thread is decoding into
    private readonly int longest;

    public TrainingSequences(string directory, Manifest manifest, int seqLen, ulong seed)
    {
        var lengths = new List<int>();
        foreach (var shard in manifest.ShardsIn(Split.Train))
        {
            var reader = new ShardReader(directory, shard);
            reader.CheckSize();
            for (var i = 0; i < shard.RowGroups.Count; i++)
            {
                groups.Add((reader, i));
                lengths.Add(shard.RowGroups[i].StreamTokens);
            }
        }
        SeqLen = seqLen;
        longest = lengths.DefaultIfEmpty().Max();
        order = new SequenceOrder([.. lengths], seqLen, seed);
        if (order.StreamTokens <= seqLen)
            throw SequenceMistakes.TooFewTokens(directory, order.StreamTokens, seqLen);
        endOfText = manifest.Tokenizer.EndOfText;
    }

    public int SeqLen { get; }

    public void Read(long index, Span<int> tokens)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfNotEqual(tokens.Length, SeqLen + 1);
        var position = order.PositionOf(index);
        while (!tokens.IsEmpty)
        {
            var (group, offset, left) = order.Locate(position);
            var take = Math.Min(left, tokens.Length);
            while (!TryCopy(group, offset, tokens[..take]))
                Open(group);
            tokens = tokens[take..];
            position += take;
        }
    }

    public string Describe(long index)
    {
        var (group, offset, _) = order.Locate(order.PositionOf(index));
        return $"sequence {index}, {groups[group].Shard.FilePath} row group {groups[group].Index}, token {offset}";
    }

    public void Dispose()
    {
        open.Clear();
        recent.Clear();
        while (columns.TryTake(out var column))
            column.Dispose();
    }

    private bool TryCopy(int group, int offset, Span<int> tokens)
    {
        lock (gate)
        {
            if (!open.TryGetValue(group, out var node) || !node.Value.Decoded)
                return false;
            recent.Remove(node);
            recent.AddFirst(node);
            node.Value.Tokens.AsSpan(offset, tokens.Length).CopyTo(tokens);
            return true;
        }
    }

    /// <summary>Has the row group's tokens kept until every lane has moved on; another thread that needs it waits
    /// meanwhile.</summary>
    private void Open(int group)
    {
        OpenGroup entry;
        lock (gate)
        {
            if (!open.TryGetValue(group, out var node))
                open[group] = node = recent.AddFirst(
                    new OpenGroup(group, open.Count > order.Lanes ? Leave() : new int[longest])
                ); // any row group fits, so that none is allocated later
            entry = node.Value;
        }
        lock (entry)
        {
            if (entry.Decoded)
                return;
            var column = columns.TryTake(out var idle) ? idle : new TokenColumn();
            try
            {
                var (shard, index) = groups[group];
                shard.Read(index, column).Join(endOfText, entry.Tokens);
                entry.Decoded = true;
            }
            finally
            {
                columns.Add(column);
                if (!entry.Decoded)
                    Forget(group); // whoever asks again is told again
            }
        }
    }

    private void Forget(int group)
    {
        lock (gate)
            if (open.Remove(group, out var node))
                recent.Remove(node);
    }

    /// <summary>Closes the row group that has not been read from for longest, and gives its memory to
    /// another.</summary>
    private int[] Leave()
    {
        var node = recent.Last;
        while (node is { Value.Decoded: false }) // another thread is at it
            node = node.Previous;
        if (node is null)
            return new int[longest];
        open.Remove(node.Value.Group);
        recent.Remove(node);
        return node.Value.Tokens;
    }

    /// <summary>A row group in memory, locked while it is decoded.</summary>
    private sealed class OpenGroup(int group, int[] tokens)
    {
        public int Group => group;

        public int[] Tokens => tokens;

        public volatile bool Decoded;
    }
}
