using LinearScaling.Torch.Ops;

namespace LinearScaling.Tests.Torch.Ops;

public sealed class LightningAttentionTests
{
    private static readonly double[] Slopes = [0.84, 0.25, 1e-5];
    private static readonly float[] Extremes = [0, 100, 1e-6f];

    public static TheoryData<ScalarType, int, int> Grid => Forms.Grid;

    [Theory, MemberData(nameof(Grid))]
    public void Chunked_equals_recurrent_with_decay(ScalarType type, int chunk, int time) =>
        CompareForms(type, chunk, time, Decay(type));

    [Theory, MemberData(nameof(Grid))]
    public void Chunked_equals_recurrent_without_decay(ScalarType type, int chunk, int time) =>
        CompareForms(type, chunk, time, null);

    [Theory, InlineData(1), InlineData(37)]
    public void Parallel_equals_recurrent(int time)
    {
        using var scope = NewDisposeScope();
        foreach (var decay in new[] { Decay(ScalarType.Float64), null })
            Assert.InRange(
                Forms.Difference(
                    x => [LightningAttention.Parallel(x[0], x[1], x[2], decay)],
                    x => [LightningAttention.Recurrent(x[0], x[1], x[2], decay).Output],
                    Inputs(ScalarType.Float64, time)
                ),
                0,
                1e-10
            );
    }

    [Fact]
    public void A_sequence_cut_anywhere_continues_from_its_state()
    {
        using var scope = NewDisposeScope();
        var x = Inputs(ScalarType.Float64, 53);
        foreach (var decay in new[] { Decay(ScalarType.Float64), null })
        {
            var (whole, end) = LightningAttention.Prefill(x[0], x[1], x[2], decay, 16);
            for (var cut = 1; cut < 53; cut++)
            {
                var first = Part(x, 0, cut);
                var second = Part(x, cut, 53 - cut);
                var (a, state) = LightningAttention.Prefill(first[0], first[1], first[2], decay, 16);
                var (b, final) = LightningAttention.Prefill(second[0], second[1], second[2], decay, 16, state);
                Assert.InRange(Forms.Relative(cat([a, b], 2), whole), 0, 1e-12);
                Assert.InRange(Forms.Relative(final, end), 0, 1e-12);
            }
        }
    }

    [Fact]
    public void Two_hundred_chunks_are_carried_as_exactly_as_two()
    {
        using var scope = NewDisposeScope();
        var x = Inputs(ScalarType.Float64, 801);
        var decay = Decay(ScalarType.Float64);
        Assert.InRange(
            Forms.Difference(
                y => [LightningAttention.Chunked(y[0], y[1], y[2], decay, 4, y[3])],
                y => [LightningAttention.Chunked(y[0], y[1], y[2], decay, 401, y[3])],
                [.. x, Forms.Normal(ScalarType.Float64, 9, 2, 3, 4, 5)]
            ),
            0,
            1e-10
        );
    }

    [Theory, InlineData(true), InlineData(false)]
    public void Long_sequences_are_walked_in_stretches_that_continue_each_other(bool documents)
    {
        using var scope = NewDisposeScope();
        // 3 x 64 x 64 elements a chunk and sequence: several tiles and groups of sequences.
        Tensor[] inputs =
        [
            .. Enumerable.Range(1, 3).Select(i => Forms.Normal(ScalarType.Float64, (ulong)i, 12, 3, 300, 64)),
            Forms.Normal(ScalarType.Float64, 9, 12, 3, 64, 64),
        ];
        var segments = documents ? Forms.Documents(12, 300, 5) : null;
        Assert.InRange(
            Forms.Difference(
                x =>
                    [
                        LightningAttention.Chunked(
                            x[0],
                            x[1],
                            x[2],
                            Decay(ScalarType.Float64),
                            64,
                            documents ? null : x[3],
                            segments
                        ),
                    ],
                x =>
                    [
                        documents
                            ? LightningAttention.Parallel(x[0], x[1], x[2], Decay(ScalarType.Float64), segments)
                            : LightningAttention.Recurrent(x[0], x[1], x[2], Decay(ScalarType.Float64), x[3]).Output,
                    ],
                inputs
            ),
            0,
            1e-10
        );
    }

    [Theory, InlineData(1, 16), InlineData(16, 16), InlineData(40, 16), InlineData(77, 64)]
    public void Turned_by_angles_the_forms_agree(int time, int chunk)
    {
        using var scope = NewDisposeScope();
        var theta = Forms.Normal(ScalarType.Float64, 4, 3, 4);
        Tensor[] inputs = [.. Inputs(ScalarType.Float64, time), theta, Forms.Normal(ScalarType.Float64, 9, 2, 3, 8, 5)];
        foreach (var decay in new[] { Decay(ScalarType.Float64), null })
        {
            Assert.InRange(
                Forms.Difference(
                    x => Both(LightningAttention.Prefill(x[0], x[1], x[2], decay, chunk, x[4], x[3], 1000)),
                    x => Both(LightningAttention.Recurrent(x[0], x[1], x[2], decay, x[4], x[3], 1000)),
                    inputs
                ),
                0,
                1e-10
            );
            Assert.InRange(
                Forms.Difference(
                    x => [LightningAttention.Chunked(x[0], x[1], x[2], decay, chunk, theta: x[3])],
                    x => [LightningAttention.Parallel(x[0], x[1], x[2], decay, theta: x[3])],
                    inputs[..4]
                ),
                0,
                1e-10
            );
        }
    }

    [Theory, InlineData(1), InlineData(2), InlineData(3)]
    public void Documents_do_not_see_each_other(int seed)
    {
        using var scope = NewDisposeScope();
        var documents = Forms.Documents(2, 67, seed);
        foreach (var decay in new[] { Decay(ScalarType.Float64), null })
            Assert.InRange(
                Forms.Difference(
                    x => [LightningAttention.Chunked(x[0], x[1], x[2], decay, 16, segments: documents)],
                    x => [LightningAttention.Parallel(x[0], x[1], x[2], decay, documents)],
                    Inputs(ScalarType.Float64, 67)
                ),
                0,
                1e-10
            );
    }

    [Fact]
    public void Strong_decays_neither_overflow_nor_lose_the_present()
    {
        using var scope = NewDisposeScope();
        var decay = tensor(Extremes);
        var results = Forms.Evaluate(
            x => [LightningAttention.Chunked(x[0], x[1], x[2], decay, 128)],
            Inputs(ScalarType.Float32, 300)
        );
        Assert.All(results, r => Assert.True(r.isfinite().all().item<bool>()));
    }

    [Fact]
    public void Bf16_stays_within_its_rounding()
    {
        using var scope = NewDisposeScope();
        var inputs = Inputs(ScalarType.BFloat16, 300);
        foreach (var decay in new[] { Decay(ScalarType.Float32), null })
        {
            var rounded = Forms.Evaluate(x => [LightningAttention.Chunked(x[0], x[1], x[2], decay, 64)], inputs);
            var exact = Forms.Evaluate(
                x => [LightningAttention.Recurrent(x[0], x[1], x[2], decay?.to(ScalarType.Float64)).Output],
                [.. inputs.Select(x => x.to(ScalarType.Float64))]
            );
            foreach (var (r, e) in rounded.Zip(exact))
                Assert.InRange(Forms.RelativeRms(r, e), 0, 5e-3);
        }
    }

    [Fact]
    public void A_wrong_shape_is_named_with_what_was_expected()
    {
        using var scope = NewDisposeScope();
        var x = Inputs(ScalarType.Float32, 8);
        var error = Assert.Throws<ArgumentException>(() =>
            LightningAttention.Chunked(x[0], x[1].narrow(2, 0, 7), x[2], null, 4)
        );
        Assert.Equal("k: expected [2, 3, 8, 4], got [2, 3, 7, 4]", error.Message);
        error = Assert.Throws<ArgumentException>(() =>
            LightningAttention.Chunked(x[0], x[1], x[2], null, 4, zeros(2, 3, 5, 4))
        );
        Assert.Equal("initial state: expected [2, 3, 4, 5], got [2, 3, 5, 4]", error.Message);
        error = Assert.Throws<ArgumentException>(() =>
            LightningAttention.Chunked(x[0].squeeze(0).select(0, 0), x[1], x[2], null, 4)
        );
        Assert.Equal(
            "q, k and v must be [batch, heads, time, head_dim], got [3, 8, 4], [2, 3, 8, 4] and [2, 3, 8, 5]",
            error.Message
        );
    }

    /// <summary>Values, final state and the gradients of q, k, v and the initial state.</summary>
    private static void CompareForms(ScalarType type, int chunk, int time, Tensor? decay)
    {
        using var scope = NewDisposeScope();
        Assert.InRange(
            Forms.Difference(
                x => Both(LightningAttention.Prefill(x[0], x[1], x[2], decay, chunk, x[3])),
                x => Both(LightningAttention.Recurrent(x[0], x[1], x[2], decay, x[3])),
                [.. Inputs(type, time), Forms.Normal(type, 9, 2, 3, 4, 5)]
            ),
            0,
            Forms.Tolerance(type)
        );
        Assert.InRange(
            Forms.Difference(
                x => [LightningAttention.Chunked(x[0], x[1], x[2], decay, chunk)],
                x => [LightningAttention.Recurrent(x[0], x[1], x[2], decay).Output],
                Inputs(type, time)
            ),
            0,
            Forms.Tolerance(type)
        );
    }

    private static Tensor[] Both((Tensor Output, Tensor State) result) => [result.Output, result.State];

    private static Tensor[] Part(Tensor[] x, long start, long length) => [.. x.Select(t => t.narrow(2, start, length))];

    private static Tensor Decay(ScalarType type) => tensor(Slopes, type);

    private static Tensor[] Inputs(ScalarType type, int time) =>
        [
            Forms.Normal(type, 1, 2, 3, time, 4),
            Forms.Normal(type, 2, 2, 3, time, 4),
            Forms.Normal(type, 3, 2, 3, time, 5),
        ];
}
