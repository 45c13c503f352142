using LinearScaling.Torch.Collectives;

namespace LinearScaling.Tests.Torch.Collectives;

/// <summary>Collectives out of messages, between threads.</summary>
public class MessageCollectivesTests
{
    /// <summary>Sizes that do not divide, that leave ranks without a slice, and one that is received in
    /// pieces.</summary>
    [Theory]
    [InlineData(2, 1000)]
    [InlineData(3, 1)]
    [InlineData(4, 130)]
    [InlineData(5, 4097)]
    [InlineData(2, 20_000_000)]
    public void A_sum_is_formed_in_the_order_of_the_ranks(int ranks, long elements)
    {
        using var scope = NewDisposeScope();
        var values = Enumerable.Range(0, ranks).Select(r => Values(r, elements)).ToList();
        var expected = values[0].clone();
        foreach (var next in values.Skip(1))
            expected.add_(next);
        var bits = expected.data<float>().ToArray();
        ThreadRanks.Run(
            ranks,
            c =>
            {
                using var mine = Values(c.Rank, elements);
                c.AllReduce(mine, "values");
                Assert.Equal(bits, mine.data<float>().ToArray());
            }
        );
    }

    [Fact]
    public void Gathers_broadcasts_and_groups_reach_whom_they_are_for()
    {
        ThreadRanks.Run(
            6,
            c =>
            {
                using var scope = NewDisposeScope();
                var flat = full([10], c.Rank, ScalarType.Int64);
                c.AllGather(flat, 2, "numbers"); // rank 5 has nothing
                Assert.Equal([0, 0, 1, 1, 2, 2, 3, 3, 4, 4], flat.data<long>().ToArray());
                var sent = full([3], c.Rank + 7.0);
                c.Broadcast(sent, "numbers");
                Assert.Equal([7, 7, 7], sent.to(ScalarType.Float64).data<double>().ToArray());

                var group = c.Neighbours(2);
                Assert.Equal((c.Rank % 2, 2), (group.Rank, group.Size));
                Assert.Equal(
                    [c.Rank / 2 * 2.0, c.Rank / 2 * 2 + 1.0],
                    group.Gather([(double)c.Rank], CPU, "ranks").Select(v => v[0])
                );
                Assert.Equal(
                    ["rank 0", "rank 1", "rank 2", "rank 3", "rank 4", "rank 5"],
                    c.Gather($"rank {c.Rank}", CPU, "texts")
                );
                Assert.True(c.Any(c.Rank == 4, CPU, "questions"));
                Assert.False(c.Any(false, CPU, "questions"));
                c.Barrier(CPU, "everyone");
                Assert.Same(c, c.Neighbours(6));
                Assert.IsType<SingleProcess>(c.Neighbours(1));
            }
        );
    }

    [Fact]
    public void What_fails_on_some_ranks_fails_on_all_by_name()
    {
        var failures = ThreadRanks.Run(
            4,
            c =>
                Assert
                    .Throws<AgreedFailureException>(() =>
                        c.Agree(
                            () =>
                                c.Rank switch
                                {
                                    1 or 3 => throw new LinearScalingException("the disk is full"),
                                    2 => throw new LinearScalingException("no such file"),
                                    _ => 0,
                                },
                            CPU,
                            "work"
                        )
                    )
                    .Message
        );
        Assert.All(failures, f => Assert.Equal("ranks 1, 3: the disk is full\nrank 2: no such file", f));
        Assert.Equal([0, 10, 20], ThreadRanks.Run(3, c => c.Agree(() => 10 * c.Rank, CPU, "work")));
        Assert.All(
            ThreadRanks.Run(
                2,
                c =>
                    Assert
                        .Throws<AgreedFailureException>(() =>
                            c.Agree<int>(() => throw new LinearScalingException("everywhere"), CPU, "work")
                        )
                        .Message
            ),
            f => Assert.Equal("everywhere", f)
        );
    }

    [Fact]
    public void A_rank_that_does_not_come_is_named_with_step_and_exchange()
    {
        var failures = ThreadRanks.Run(
            3,
            c =>
            {
                c.Settings.Step = 12;
                if (c.Rank == 1)
                    return "";
                using var flat = ones(300);
                return Assert.Throws<LostRankException>(() => c.AllReduce(flat, "gradients")).Message;
            },
            patience: 0.5
        );
        Assert.All(
            new[] { failures[0], failures[2] },
            f =>
                Assert.StartsWith(
                    "rank 1 of 3 did not come to the exchange of gradients of step 12 within 0.5 s",
                    f,
                    StringComparison.Ordinal
                )
        );
    }

    [Theory]
    [InlineData(1000, 1)]
    [InlineData(1000, 3)]
    [InlineData(64, 4)]
    [InlineData(1, 7)]
    public void Slices_cover_a_buffer_once(long elements, int ranks)
    {
        var slice = Slices.Length(elements, ranks);
        var ranges = Enumerable.Range(0, ranks).Select(r => Slices.Range(elements, slice, r)).ToList();
        Assert.Equal(elements, ranges.Sum(r => r.Count));
        Assert.All(
            ranges.Zip(ranges.Skip(1)),
            pair => Assert.Equal(pair.First.Start + pair.First.Count, pair.Second.Start)
        );
        Assert.All(ranges.Where(r => r.Count > 0), r => Assert.Equal(0, ranks == 1 ? 0 : r.Start % 64));
    }

    private static Tensor Values(int rank, long elements)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator((ulong)rank + 1);
        return rand([elements], ScalarType.Float32, generator: generator).sub_(0.5).MoveToOuterDisposeScope();
    }
}
