using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using LinearScaling.Sequences;

namespace LinearScaling.Tests.Sequences;

public class SequenceOrderTests
{
    [Property]
    public bool Every_token_of_every_epoch_is_an_input_exactly_once(
        PositiveInt[] lengths,
        PositiveInt seqLen,
        ulong seed
    )
    {
        var groups = lengths.Select(l => l.Get).Append(7).ToArray();
        var length = seqLen.Get % groups.Sum() + 1;
        var order = new SequenceOrder(groups, length, seed);
        var used = new HashSet<(long Epoch, int Group, int Offset)>();
        var windows = order.FirstOf(3);
        for (var i = 0L; i < windows; i++)
        for (var t = 0; t < length; t++)
        {
            var position = order.PositionOf(i) + t;
            var (group, offset, left) = order.Locate(position);
            if (!used.Add((position / order.StreamTokens, group, offset)) || left != groups[group] - offset)
                return false;
        }
        return used.Count(u => u.Epoch < 3) == 3 * groups.Sum();
    }

    [Property]
    public bool Every_sequence_of_an_epoch_begins_in_it(PositiveInt[] lengths, PositiveInt seqLen)
    {
        var order = new SequenceOrder([.. lengths.Select(l => l.Get), 7], seqLen.Get % 7 + 1, seed: 0);
        return Enumerable
            .Range(0, (int)order.FirstOf(2))
            .All(i => order.PositionOf(i) / order.StreamTokens == order.EpochOf(i));
    }

    [Fact]
    public void Neighbouring_sequences_come_from_different_row_groups()
    {
        var order = new SequenceOrder([.. Enumerable.Repeat(1 << 20, 64)], 8192, seed: 5);
        var groups = Enumerable.Range(0, 5000).Select(i => order.Locate(order.PositionOf(i)).Group).ToList();
        Assert.Equal(32, order.Lanes);
        Assert.All(groups.Zip(groups.Skip(1)), pair => Assert.NotEqual(pair.First, pair.Second));
        Assert.All(Enumerable.Range(0, 1000), i => Assert.InRange(groups.Skip(i).Take(32).Distinct().Count(), 31, 32));
    }

    [Fact]
    public void The_seed_and_the_epoch_change_the_order()
    {
        int[] lengths = [.. Enumerable.Repeat(1000, 100)];
        var order = new SequenceOrder(lengths, 100, seed: 1);
        var other = new SequenceOrder(lengths, 100, seed: 2);
        int[] Groups(SequenceOrder o, long first) =>
            [.. Enumerable.Range(0, 1000).Select(i => o.Locate(o.PositionOf(first + i)).Group)];
        Assert.NotEqual(Groups(order, 0), Groups(other, 0));
        Assert.NotEqual(Groups(order, 0), Groups(order, 1000));
    }

    [Fact]
    public void A_position_in_300_billion_tokens_is_found_exactly()
    {
        // 300,000 row groups of unequal sizes about 1 M, as a corpus of 10,000 shards has them.
        var random = new Random(1);
        int[] lengths = [.. Enumerable.Range(0, 300_000).Select(_ => 1_000_000 + random.Next(50_000))];
        var order = new SequenceOrder(lengths, 8192, seed: 3);
        Assert.InRange(order.StreamTokens, 300_000_000_000, 310_000_000_000);
        Assert.Equal(31, order.Lanes); // 128 MiB of ids open at a time
        var starts = new HashSet<long>();
        for (var sample = 0; sample < 20_000; sample++)
        {
            var index = random.NextInt64(order.FirstOf(1));
            var position = order.PositionOf(index);
            starts.Add(position);
            Assert.Equal(0, position % 8192);
            var (group, offset, left) = order.Locate(position);
            Assert.Equal(lengths[group], offset + left);
            // The first token of the row group after it follows its last one.
            Assert.Equal(
                (0, left),
                (order.Locate(position + left).Offset, order.Locate(position + left - 1).Left + left - 1)
            );
        }
        Assert.True(starts.Count > 19_900);
    }
}
