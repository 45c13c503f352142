using LinearScaling.Torch.Ops;

namespace LinearScaling.Tests.Torch.Ops;

public sealed class SoftmaxAttentionTests
{
    [Theory]
    [InlineData(2, 4), InlineData(37, 4), InlineData(130, 4), InlineData(37, 2), InlineData(37, 1)]
    public void Causal_equals_the_definition(int time, int kvHeads)
    {
        using var scope = NewDisposeScope();
        Assert.InRange(
            Forms.Difference(
                x => [SoftmaxAttention.Causal(x[0], x[1], x[2])],
                x => [SoftmaxAttention.Parallel(x[0], x[1], x[2])],
                Inputs(ScalarType.Float64, time, kvHeads)
            ),
            0,
            1e-10
        );
    }

    [Fact]
    public void Four_query_heads_over_two_groups_read_the_first_group_twice_then_the_second()
    {
        using var scope = NewDisposeScope();
        var x = Inputs(ScalarType.Float64, 9, 2);
        var grouped = SoftmaxAttention.Causal(x[0], x[1], x[2]);
        for (var head = 0; head < 4; head++)
        {
            var alone = SoftmaxAttention.Parallel(
                x[0].narrow(1, head, 1),
                x[1].narrow(1, head / 2, 1),
                x[2].narrow(1, head / 2, 1)
            );
            Assert.InRange(Forms.Relative(grouped.narrow(1, head, 1), alone), 0, 1e-12);
        }
    }

    [Fact]
    public void Queries_at_the_end_of_a_cache_see_all_before_them()
    {
        using var scope = NewDisposeScope();
        var x = Inputs(ScalarType.Float64, 20, 4);
        var whole = SoftmaxAttention.Parallel(x[0], x[1], x[2]);
        foreach (var time in new[] { 1, 7, 20 })
            Assert.InRange(
                Forms.Relative(
                    SoftmaxAttention.Cached(x[0].narrow(2, 20 - time, time), x[1], x[2]),
                    whole.narrow(2, 20 - time, time)
                ),
                0,
                1e-12
            );
    }

    [Theory, InlineData(1), InlineData(2)]
    public void Documents_do_not_see_each_other(int seed)
    {
        using var scope = NewDisposeScope();
        var documents = Forms.Documents(2, 67, seed);
        Assert.InRange(
            Forms.Difference(
                x => [SoftmaxAttention.Causal(x[0], x[1], x[2], documents)],
                x => [SoftmaxAttention.Parallel(x[0], x[1], x[2], documents)],
                Inputs(ScalarType.Float64, 67, 4)
            ),
            0,
            1e-10
        );
    }

    private static Tensor[] Inputs(ScalarType type, int time, int kvHeads) =>
        [
            Forms.Normal(type, 1, 2, 4, time, 8),
            Forms.Normal(type, 2, 2, kvHeads, time, 8),
            Forms.Normal(type, 3, 2, kvHeads, time, 8),
        ];
}
