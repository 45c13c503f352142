using LinearScaling.Torch.Ops;

namespace LinearScaling.Tests.Torch.Ops;

public sealed class GatedLinearAttentionTests
{
    public static TheoryData<ScalarType, int, int> Grid => Forms.Grid;

    /// <summary>Values, final state and the gradients of q, gate logits, v, lower bounds and the initial
    /// state.</summary>
    [Theory, MemberData(nameof(Grid))]
    public void Chunked_equals_recurrent(ScalarType type, int chunk, int time)
    {
        using var scope = NewDisposeScope();
        Assert.InRange(
            Forms.Difference(
                x => WithState(GatedLinearAttention.Prefill(x[0], Key(x), x[2], LogDecay(x), chunk, x[4])),
                x => WithState(GatedLinearAttention.Recurrent(x[0], Key(x), x[2], LogDecay(x), x[4])),
                [.. Inputs(type, time), Forms.Normal(type, 9, 2, 3, 4, 5)]
            ),
            0,
            Forms.Tolerance(type)
        );
        Assert.InRange(
            Forms.Difference(
                x => [GatedLinearAttention.Chunked(x[0], Key(x), x[2], LogDecay(x), chunk)],
                x => [GatedLinearAttention.Recurrent(x[0], Key(x), x[2], LogDecay(x)).Output],
                Inputs(type, time)
            ),
            0,
            Forms.Tolerance(type)
        );
    }

    [Theory, InlineData(1), InlineData(37)]
    public void Parallel_equals_recurrent(int time)
    {
        using var scope = NewDisposeScope();
        Assert.InRange(
            Forms.Difference(
                x => [GatedLinearAttention.Parallel(x[0], Key(x), x[2], LogDecay(x))],
                x => [GatedLinearAttention.Recurrent(x[0], Key(x), x[2], LogDecay(x)).Output],
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
        Tensor[] all = [x[0], Key(x), x[2], LogDecay(x)];
        var (whole, end) = GatedLinearAttention.Prefill(all[0], all[1], all[2], all[3], 16);
        for (var cut = 1; cut < 53; cut++)
        {
            var first = all.Select(t => t.narrow(2, 0, cut)).ToArray();
            var second = all.Select(t => t.narrow(2, cut, 53 - cut)).ToArray();
            var (a, state) = GatedLinearAttention.Prefill(first[0], first[1], first[2], first[3], 16);
            var (b, final) = GatedLinearAttention.Prefill(second[0], second[1], second[2], second[3], 16, state);
            Assert.InRange(Forms.Relative(cat([a, b], 2), whole), 0, 1e-12);
            Assert.InRange(Forms.Relative(final, end), 0, 1e-12);
        }
    }

    [Theory, InlineData(true), InlineData(false)]
    public void Long_sequences_are_walked_in_stretches_that_continue_each_other(bool documents)
    {
        using var scope = NewDisposeScope();
        // 3 x 64 x 64 elements a chunk and sequence: several tiles and groups of sequences.
        Tensor[] inputs =
        [
            .. Enumerable
                .Range(1, 3)
                .Select(i => Forms.Normal(ScalarType.Float64, (ulong)i, 12, 3, documents ? 130 : 300, 64)),
            Forms.Normal(ScalarType.Float64, 4, 2, 64),
            Forms.Normal(ScalarType.Float64, 9, 12, 3, 64, 64),
        ];
        var segments = documents ? Forms.Documents(12, 130, 5) : null;
        Assert.InRange(
            Forms.Difference(
                x =>
                    [
                        GatedLinearAttention.Chunked(
                            x[0],
                            Key(x),
                            x[2],
                            LogDecay(x),
                            64,
                            documents ? null : x[4],
                            segments
                        ),
                    ],
                x =>
                    [
                        documents
                            ? cat(
                                [
                                    .. Enumerable
                                        .Range(0, 12)
                                        .Select(b =>
                                            GatedLinearAttention.Parallel(
                                                x[0].narrow(0, b, 1),
                                                Key(x).narrow(0, b, 1),
                                                x[2].narrow(0, b, 1),
                                                LogDecay(x).narrow(0, b, 1),
                                                segments!.narrow(0, b, 1)
                                            )
                                        ),
                                ],
                                0
                            )
                            : GatedLinearAttention.Recurrent(x[0], Key(x), x[2], LogDecay(x), x[4]).Output,
                    ],
                inputs
            ),
            0,
            1e-10
        );
    }

    [Fact]
    public void Two_hundred_chunks_are_carried_as_exactly_as_two()
    {
        using var scope = NewDisposeScope();
        Assert.InRange(
            Forms.Difference(
                x => [GatedLinearAttention.Chunked(x[0], Key(x), x[2], LogDecay(x), 4, x[4])],
                x => [GatedLinearAttention.Chunked(x[0], Key(x), x[2], LogDecay(x), 512, x[4])],
                [.. Inputs(ScalarType.Float64, 801), Forms.Normal(ScalarType.Float64, 9, 2, 3, 4, 5)]
            ),
            0,
            1e-10
        );
    }

    [Theory, InlineData(1), InlineData(2), InlineData(3)]
    public void Documents_do_not_see_each_other(int seed)
    {
        using var scope = NewDisposeScope();
        var documents = Forms.Documents(2, 67, seed);
        Assert.InRange(
            Forms.Difference(
                x => [GatedLinearAttention.Chunked(x[0], Key(x), x[2], LogDecay(x), 16, segments: documents)],
                x => [GatedLinearAttention.Parallel(x[0], Key(x), x[2], LogDecay(x), documents)],
                Inputs(ScalarType.Float64, 67)
            ),
            0,
            1e-10
        );
    }

    [Theory]
    [InlineData(30, false), InlineData(100, false), InlineData(30, true), InlineData(100, true)]
    public void Extreme_gates_give_the_definitions_values_and_gradients(double logit, bool bounded)
    {
        using var scope = NewDisposeScope();
        foreach (var type in new[] { ScalarType.Float64, ScalarType.Float32 })
        {
            var x = Inputs(type, 200);
            using var generator = new Generator(4);
            x[1] =
                // open and shut at random
                (randint(0, 2, x[1].shape, dtype: ScalarType.Float64, generator: generator) * 2 - 1).to(type) * logit;
            Assert.InRange(
                Forms.Difference(
                    y => [GatedLinearAttention.Chunked(y[0], Key(y, bounded), y[2], LogDecay(y, bounded), 64)],
                    y => [GatedLinearAttention.Recurrent(y[0], Key(y, bounded), y[2], LogDecay(y, bounded)).Output],
                    x
                ),
                0,
                Forms.Tolerance(type)
            );
        }
    }

    [Theory, InlineData(30), InlineData(-30), InlineData(100), InlineData(-100)]
    public void Gates_that_are_all_open_or_all_shut_stay_finite(double logit)
    {
        using var scope = NewDisposeScope();
        var x = Inputs(ScalarType.Float32, 300);
        x[1] = full_like(x[1], logit);
        foreach (var bounded in new[] { false, true })
            Assert.All(
                Forms.Evaluate(
                    y => [GatedLinearAttention.Chunked(y[0], Key(y, bounded), y[2], LogDecay(y, bounded), 64)],
                    x
                ),
                result => Assert.True(result.isfinite().all().item<bool>())
            );
    }

    [Fact]
    public void The_hand_written_backward_leaves_no_tensor_alive()
    {
        using var scope = NewDisposeScope();
        Tensor[] leaves =
        [
            .. Inputs(ScalarType.Float32, 100).Select(x => x.requires_grad_()),
            Forms.Normal(ScalarType.Float32, 9, 2, 3, 4, 5).requires_grad_(),
        ];
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        for (var step = 0; step < 3; step++)
        {
            using var inner = NewDisposeScope();
            var (output, state) = GatedLinearAttention.Prefill(
                leaves[0],
                Key(leaves),
                leaves[2],
                LogDecay(leaves),
                16,
                leaves[4]
            );
            (output.sum() + state.sum()).backward();
            foreach (var leaf in leaves)
            {
                leaf.grad!.Dispose();
                leaf.grad = null;
            }
        }
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void Bf16_stays_within_its_rounding()
    {
        using var scope = NewDisposeScope();
        Tensor[] inputs = [.. Inputs(ScalarType.BFloat16, 300)[..3], Inputs(ScalarType.Float32, 300)[3]];
        // Keys are rounded to bf16 in both, so that the operator alone is compared.
        var key = Key([.. inputs.Select(x => x.to(ScalarType.Float32))]).to(ScalarType.BFloat16);
        var gate = LogDecay([.. inputs.Select(x => x.to(ScalarType.Float32))]);
        Tensor[] arguments = [inputs[0], key, inputs[2], gate];
        var rounded = Forms.Evaluate(x => [GatedLinearAttention.Chunked(x[0], x[1], x[2], x[3], 64)], arguments);
        var exact = Forms.Evaluate(
            x => [GatedLinearAttention.Recurrent(x[0], x[1], x[2], x[3]).Output],
            [.. arguments.Select(x => x.to(ScalarType.Float64))]
        );
        foreach (var (r, e) in rounded.Zip(exact))
            Assert.InRange(Forms.RelativeRms(r, e), 0, 5e-3);
    }

    [Fact]
    public void Chunks_must_be_a_power_of_two()
    {
        using var scope = NewDisposeScope();
        var x = Inputs(ScalarType.Float32, 8);
        var error = Assert.Throws<ArgumentException>(() => GatedLinearAttention.Chunked(x[0], x[1], x[2], x[1], 12));
        Assert.Equal("chunk_size must be a power of two, got 12", error.Message);
        error = Assert.Throws<ArgumentException>(() => GatedLinearAttention.Chunked(x[0], x[1], x[2], x[2], 16));
        Assert.Equal("log decay: expected [2, 3, 8, 4], got [2, 3, 8, 5]", error.Message);
    }

    // q, gate logits, v, lower bounds of two layers; layer 1 is the bounded one.
    private static Tensor[] Inputs(ScalarType type, int time) =>
        [
            Forms.Normal(type, 1, 2, 3, time, 4),
            Forms.Normal(type, 2, 2, 3, time, 4),
            Forms.Normal(type, 3, 2, 3, time, 5),
            Forms.Normal(type, 4, 2, 4),
        ];

    private static Tensor Key(Tensor[] x, bool bounded = true) =>
        ForgetGate.Compute(x[1], bounded ? ForgetGate.LowerBound(x[3], 1) : null).Input;

    private static Tensor LogDecay(Tensor[] x, bool bounded = true) =>
        ForgetGate.Compute(x[1], bounded ? ForgetGate.LowerBound(x[3], 1) : null).LogForget;

    private static Tensor[] WithState((Tensor Output, Tensor State) result) => [result.Output, result.State];
}
