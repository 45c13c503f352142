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

    [Theory]
    [InlineData(2, 4), InlineData(31, 4), InlineData(64, 2), InlineData(129, 1), InlineData(300, 4)]
    public void The_kernel_equals_the_definition_in_fp32_and_bf16(int time, int kvHeads)
    {
        using var scope = NewDisposeScope();
        foreach (var documents in new[] { null, Forms.Documents(2, time, 5), zeros(2, time, ScalarType.Int64) })
        foreach (var (type, bound) in new[] { (ScalarType.Float32, 1e-5), (ScalarType.BFloat16, 1e-2) })
        {
            var inputs = Array.ConvertAll(Inputs(ScalarType.Float64, time, kvHeads), x => x.mul(3).to(type));
            var blocks = Forms.Evaluate(x => [SoftmaxAttention.Causal(x[0], x[1], x[2], documents)], inputs);
            var exact = Forms.Evaluate(
                x => [SoftmaxAttention.Parallel(x[0], x[1], x[2], documents)],
                Array.ConvertAll(inputs, x => x.to(ScalarType.Float64))
            );
            Assert.All(blocks.Zip(exact), pair => Assert.InRange(Forms.Relative(pair.First, pair.Second), 0, bound));
            using var guard = no_grad();
            Assert.Equal(
                blocks[0].to(ScalarType.Float32).data<float>().ToArray(),
                SoftmaxAttention
                    .Causal(inputs[0], inputs[1], inputs[2], documents)
                    .to(ScalarType.Float32)
                    .data<float>()
                    .ToArray()
            );
        }
    }

    private static Tensor[] Inputs(ScalarType type, int time, int kvHeads) =>
        [
            Forms.Normal(type, 1, 2, 4, time, 8),
            Forms.Normal(type, 2, 2, kvHeads, time, 8),
            Forms.Normal(type, 3, 2, kvHeads, time, 8),
        ];
}
