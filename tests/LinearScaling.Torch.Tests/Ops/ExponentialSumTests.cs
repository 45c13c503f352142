using LinearScaling.Torch.Ops;

namespace LinearScaling.Tests.Torch.Ops;

public sealed class ExponentialSumTests
{
    public static TheoryData<ScalarType, int, int> Grid => Forms.Grid;

    /// <summary>Values, final state and the gradients of x, B and the initial state.</summary>
    [Theory, MemberData(nameof(Grid))]
    public void Chunked_equals_recurrent(ScalarType type, int chunk, int time)
    {
        using var scope = NewDisposeScope();
        Assert.InRange(
            Forms.Difference(
                x => Both(ExponentialSum.Prefill(x[0], x[1], chunk, x[2])),
                x => Both(ExponentialSum.Recurrent(x[0], x[1], x[2])),
                [.. Inputs(type, time), Forms.Normal(type, 3, 2, 5, 6)]
            ),
            0,
            Forms.Tolerance(type)
        );
        Assert.InRange(
            Forms.Difference(
                x => [ExponentialSum.Chunked(x[0], x[1], chunk)],
                x => [ExponentialSum.Recurrent(x[0], x[1]).Output],
                Inputs(type, time)
            ),
            0,
            Forms.Tolerance(type)
        );
    }

    [Fact]
    public void Parallel_equals_recurrent()
    {
        using var scope = NewDisposeScope();
        Assert.InRange(
            Forms.Difference(
                x => [ExponentialSum.Parallel(x[0], x[1])],
                x => [ExponentialSum.Recurrent(x[0], x[1]).Output],
                Inputs(ScalarType.Float64, 37)
            ),
            0,
            1e-10
        );
    }

    [Fact]
    public void One_exponential_of_rate_2_to_minus_8_is_a_running_sum_that_fades()
    {
        using var scope = NewDisposeScope();
        var y = ExponentialSum.Chunked(ones(1, 3, 1, ScalarType.Float64), full([1, 1], 2.0, ScalarType.Float64), 2);
        var lambda = Math.Exp(-1.0 / 256);
        Assert.Equal(
            [2, 2 * (1 + lambda), 2 * (1 + lambda + lambda * lambda)],
            y.data<double>().ToArray(),
            (a, b) => Math.Abs(a - b) < 1e-14
        );
    }

    [Fact]
    public void A_sequence_cut_anywhere_continues_from_its_state()
    {
        using var scope = NewDisposeScope();
        var x = Inputs(ScalarType.Float64, 41);
        var (whole, end) = ExponentialSum.Prefill(x[0], x[1], 16);
        for (var cut = 1; cut < 41; cut++)
        {
            var (a, state) = ExponentialSum.Prefill(x[0].narrow(1, 0, cut), x[1], 16);
            var (b, final) = ExponentialSum.Prefill(x[0].narrow(1, cut, 41 - cut), x[1], 16, state);
            Assert.InRange(Forms.Relative(cat([a, b], 1), whole), 0, 1e-12);
            Assert.InRange(Forms.Relative(final, end), 0, 1e-12);
        }
    }

    [Theory, InlineData(1), InlineData(2), InlineData(3)]
    public void Documents_do_not_see_each_other(int seed)
    {
        using var scope = NewDisposeScope();
        var documents = Forms.Documents(2, 67, seed);
        Assert.InRange(
            Forms.Difference(
                x => [ExponentialSum.Chunked(x[0], x[1], 16, documents)],
                x => [ExponentialSum.Parallel(x[0], x[1], documents)],
                Inputs(ScalarType.Float64, 67)
            ),
            0,
            1e-10
        );
    }

    [Fact]
    public void A_wrong_shape_is_named_with_what_was_expected()
    {
        using var scope = NewDisposeScope();
        var error = Assert.Throws<ArgumentException>(() => ExponentialSum.Chunked(zeros(1, 3, 6), zeros(5, 6), 2));
        Assert.Equal("tpe weight: expected [6, 6], got [5, 6]", error.Message);
    }

    private static Tensor[] Inputs(ScalarType type, int time) =>
        [Forms.Normal(type, 1, 2, time, 6), Forms.Normal(type, 2, 6, 5)];

    private static Tensor[] Both((Tensor Output, Tensor State) result) => [result.Output, result.State];
}
