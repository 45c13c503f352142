using System.Runtime.CompilerServices;

namespace LinearScaling.Data;

/// <summary>The training sequences of one corpus, read from its shards as they are asked for; memory does not depend on the size of the corpus.</summary>
internal sealed class TrainingSequences : ISequenceSource
{
    private readonly List<(ShardReader Shard, int Index)> groups = [];
    private readonly SequenceOrder order;
    private readonly int endOfText;
    private readonly Dictionary<int, LinkedListNode<(int Group, int[] Tokens)>> open = [];
    private readonly LinkedList<(int Group, int[] Tokens)> recent = [];
    private readonly TokenColumn column = new();
    private readonly int longest;

    public TrainingSequences(string directory, Manifest manifest, int seqLen, ulong seed)
    {
        var lengths = new List<int>();
        foreach (var shard in manifest.Of(Split.Train))
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
            throw new LinearScalingException($"{directory}: {order.StreamTokens} training tokens are too few for a sequence of {seqLen}; shorten the sequences or add text");
        endOfText = manifest.Tokenizer.EndOfText;
    }

    public int SeqLen { get; }

    [MethodImpl(MethodImplOptions.Synchronized)]
    public void Read(long index, Span<int> tokens)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfNotEqual(tokens.Length, SeqLen + 1);
        var position = order.PositionOf(index);
        while (!tokens.IsEmpty)
        {
            var (group, offset, left) = order.Locate(position);
            var take = Math.Min(left, tokens.Length);
            Open(group).AsSpan(offset, take).CopyTo(tokens);
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
        column.Dispose();
    }

    /// <summary>The row group's tokens, kept until every lane has moved on.</summary>
    private int[] Open(int group)
    {
        if (open.TryGetValue(group, out var node))
        {
            recent.Remove(node);
            recent.AddFirst(node);
            return node.Value.Tokens;
        }
        var (shard, index) = groups[group];
        var read = shard.Read(index, column);
        var tokens = open.Count > order.Lanes ? Leave() : new int[longest]; // any row group fits, so that none is allocated later
        read.Join(endOfText, tokens);
        open[group] = recent.AddFirst((group, tokens));
        return tokens;
    }

    /// <summary>Closes the row group that has not been read from for longest, and gives its memory to another.</summary>
    private int[] Leave()
    {
        var (group, tokens) = recent.Last!.Value;
        open.Remove(group);
        recent.RemoveLast();
        return tokens;
    }
}
