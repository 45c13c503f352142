using LinearScaling.Torch.Ops;

namespace LinearScaling.Tests.Torch.Ops;

public sealed class HeadAverageTests
{
    /// <summary>Lengths around the ends of groups of 16 and of groups of groups.</summary>
    public static TheoryData<ScalarType, int> Grid
    {
        get
        {
            var data = new TheoryData<ScalarType, int>();
            foreach (var type in new[] { ScalarType.Float64, ScalarType.Float32 })
            foreach (var time in new[] { 1, 15, 16, 17, 53, 300 })
                data.Add(type, time);
            return data;
        }
    }

    /// <summary>Values, final state and the gradients of x, alpha and the initial state.</summary>
    [Theory, MemberData(nameof(Grid))]
    public void Chunked_equals_recurrent(ScalarType type, int time)
    {
        using var scope = NewDisposeScope();
        Assert.InRange(
            Forms.Difference(
                x => Both(HeadAverage.Prefill(x[0], x[1], x[2])),
                x => Both(HeadAverage.Recurrent(x[0], x[1], x[2])),
                [.. Inputs(type, time), Forms.Normal(type, 3, 2, 3, 2)]
            ),
            0,
            Forms.Tolerance(type)
        );
        Assert.InRange(
            Forms.Difference(
                x => [HeadAverage.Chunked(x[0], x[1])],
                x => [HeadAverage.Recurrent(x[0], x[1]).Output],
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
                x => [HeadAverage.Parallel(x[0], x[1])],
                x => [HeadAverage.Recurrent(x[0], x[1]).Output],
                Inputs(ScalarType.Float64, 37)
            ),
            0,
            1e-10
        );
    }

    [Fact]
    public void At_alpha_0_half_of_the_sum_stays()
    {
        using var scope = NewDisposeScope();
        var y = HeadAverage.Chunked(ones(1, 4, 1, ScalarType.Float64), zeros(1, ScalarType.Float64));
        Assert.Equal([1, 1.5, 1.75, 1.875], y.data<double>().ToArray());
    }

    /// <summary>No exponent is positive, and a rate of exactly nothing or everything gives no NaN.</summary>
    [Theory, InlineData(100), InlineData(-100), InlineData(1e5), InlineData(-1e5)]
    public void Extreme_rates_give_finite_values_and_gradients(double alpha)
    {
        using var scope = NewDisposeScope();
        foreach (
            var part in Forms.Evaluate(
                x => [HeadAverage.Chunked(x[0], x[1])],
                Forms.Normal(ScalarType.Float32, 1, 1, 100, 2),
                full([1], alpha, ScalarType.Float32)
            )
        )
            Assert.True(part.isfinite().all().item<bool>());
    }

    [Fact]
    public void A_sequence_cut_anywhere_continues_from_its_state()
    {
        using var scope = NewDisposeScope();
        var x = Inputs(ScalarType.Float64, 41);
        var (whole, end) = HeadAverage.Prefill(x[0], x[1]);
        for (var cut = 1; cut < 41; cut++)
        {
            var (a, state) = HeadAverage.Prefill(x[0].narrow(1, 0, cut), x[1]);
            var (b, final) = HeadAverage.Prefill(x[0].narrow(1, cut, 41 - cut), x[1], state);
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
                x => [HeadAverage.Chunked(x[0], x[1], documents)],
                x => [HeadAverage.Parallel(x[0], x[1], documents)],
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
        Assert.Equal(
            "tpe rates: expected [heads] with heads dividing 6, got [4]",
            Assert.Throws<ArgumentException>(() => HeadAverage.Chunked(zeros(1, 3, 6), zeros(4))).Message
        );
        Assert.Equal(
            "tpe state: expected [1, 3, 2], got [1, 2, 3]",
            Assert
                .Throws<ArgumentException>(() => HeadAverage.Prefill(zeros(1, 3, 6), zeros(3), zeros(1, 2, 3)))
                .Message
        );
    }

    private static Tensor[] Inputs(ScalarType type, int time) =>
        [Forms.Normal(type, 1, 2, time, 6), Forms.Normal(type, 2, 3)];

    private static Tensor[] Both((Tensor Output, Tensor State) result) => [result.Output, result.State];
}
