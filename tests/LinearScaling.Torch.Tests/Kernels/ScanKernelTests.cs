using LinearScaling.Tests.Torch.Ops;
using LinearScaling.Torch.Ops;

namespace LinearScaling.Tests.Torch.Kernels;

/// <summary>The CPU's scan beside the definition in fp64, token by token: outputs, states and every gradient.</summary>
public sealed class ScanKernelTests
{
    private static readonly double[] Decays = [0.84, 0.25, 1e-5];

    /// <summary>Widths below, at and beyond a vector, of one tile and several, none a multiple of the other.</summary>
    public static TheoryData<int, int, int> Shapes =>
        new()
        {
            { 1, 4, 5 },
            { 1, 16, 16 },
            { 2, 8, 16 },
            { 63, 16, 32 },
            { 64, 24, 40 },
            { 65, 32, 32 },
            { 129, 64, 64 },
            { 200, 1, 1 },
            { 70, 128, 48 },
            { 131, 33, 65 },
        };

    [Theory, MemberData(nameof(Shapes))]
    public void Constant_decay(int time, int key, int value)
    {
        Compare(
            [.. Inputs(time, key, value), Forms.Normal(ScalarType.Float64, 9, 2, 3, key, value)],
            x => States(LightningAttention.Prefill(x[0], x[1], x[2], Slopes(x[0]), 64, x[3], silu: true)),
            x => States(LightningAttention.Recurrent(x[0], x[1], x[2], Slopes(x[0]), x[3], silu: true))
        );
        Compare(
            Inputs(time, key, value),
            x => [LightningAttention.Chunked(x[0], x[1], x[2], null, 64)],
            x => [LightningAttention.Recurrent(x[0], x[1], x[2], null).Output]
        );
    }

    [Fact]
    public void A_decay_near_none_is_exact_over_thousands_of_tokens()
    {
        using var scope = NewDisposeScope();
        var inputs = Enumerable.Range(1, 3).Select(i => Forms.Normal(ScalarType.Float64, (ulong)i, 1, 1, 4096, 16));
        Tensor[] Run(ScalarType type) =>
            Forms.Evaluate(
                x => [LightningAttention.Chunked(x[0], x[1], x[2], full([1], 1e-4, type), 64, silu: true)],
                [.. inputs.Select(x => x.to(type))]
            );
        foreach (var (exact, found) in Run(ScalarType.Float64).Zip(Run(ScalarType.Float32)))
            Assert.InRange(Forms.Relative(found, exact), 0, 4e-6);
    }

    [Theory, MemberData(nameof(Shapes))]
    public void Turned_by_angles(int time, int key, int value) =>
        Compare(
            [
                .. Inputs(time, key, value),
                Forms.Normal(ScalarType.Float64, 7, 3, key),
                Forms.Normal(ScalarType.Float64, 9, 2, 3, 2 * key, value),
            ],
            x => States(LightningAttention.Prefill(x[0], x[1], x[2], null, 64, x[4], x[3], 500, silu: true)),
            x => States(LightningAttention.Recurrent(x[0], x[1], x[2], null, x[4], x[3], 500, silu: true))
        );

    [Theory, MemberData(nameof(Shapes))]
    public void Tied_gates(int time, int key, int value)
    {
        var bound = Forms.Normal(ScalarType.Float64, 8, 3 * key).sigmoid();
        Compare(
            [.. Inputs(time, key, value), bound, Forms.Normal(ScalarType.Float64, 9, 2, 3, key, value)],
            x => States(TiedLinearAttention.Extend(x[0], x[1], x[2], x[3], 64, x[4])),
            x => States(Definition(x[0], x[1], x[2], x[3], x[4]))
        );
        Compare(
            Inputs(time, key, value),
            x => [TiedLinearAttention.Chunked(x[0], x[1], x[2], null, 64)],
            x => [Definition(x[0], x[1], x[2], null, null).Output]
        );
    }

    /// <summary>Gates that forget everything between gates that forget nothing.</summary>
    [Fact]
    public void Gates_that_are_shut_or_open()
    {
        var inputs = Inputs(150, 16, 16);
        inputs[1] = inputs[1].mul(40);
        Compare(
            inputs,
            x => [TiedLinearAttention.Chunked(x[0], x[1], x[2], null, 64)],
            x => [Definition(x[0], x[1], x[2], null, null).Output]
        );
        var a = Forms.Normal(ScalarType.Float64, 6, 2, 3, 150, 16).sign().mul(10).sub(10.000001);
        Compare(
            [inputs[0], inputs[2], inputs[2], a],
            x => [GatedLinearAttention.Chunked(x[0], x[1], x[2], x[3], 64)],
            x => [GatedLinearAttention.Recurrent(x[0], x[1], x[2], x[3]).Output]
        );
    }

    [Theory, InlineData(1), InlineData(2), InlineData(3)]
    public void Documents_begin_anywhere(int seed)
    {
        var ids = Forms.Documents(2, 140, seed);
        var theta = Forms.Normal(ScalarType.Float64, 7, 3, 16);
        var x = Inputs(140, 16, 32);
        Compare(
            x,
            y => [TiedLinearAttention.Chunked(y[0], y[1], y[2], null, 64, ids)],
            y =>
                [
                    GatedLinearAttention.Parallel(
                        nn.functional.silu(y[0]),
                        y[1].neg().sigmoid(),
                        y[2],
                        nn.functional.logsigmoid(y[1]),
                        ids
                    ),
                ]
        );
        Compare(
            [.. x, Forms.Normal(ScalarType.Float64, 5, 2, 3, 140, 16).square().neg()],
            y => [GatedLinearAttention.Chunked(y[0], y[1], y[2], y[3], 64, segments: ids)],
            y => [GatedLinearAttention.Parallel(y[0], y[1], y[2], y[3], ids)]
        );
        foreach (var decay in new[] { true, false })
            Compare(
                [.. x, theta],
                y =>
                    [
                        LightningAttention.Chunked(
                            y[0],
                            y[1],
                            y[2],
                            decay ? Slopes(y[0]) : null,
                            64,
                            segments: ids,
                            theta: y[3]
                        ),
                    ],
                y => [LightningAttention.Parallel(y[0], y[1], y[2], decay ? Slopes(y[0]) : null, ids, y[3])]
            );
    }

    /// <summary>In bf16, what is read is rounded, and what is written; nothing between.</summary>
    [Fact]
    public void Elements_of_half_the_width()
    {
        using var scope = NewDisposeScope();
        var narrow = Inputs(90, 32, 24).Select(x => x.to(ScalarType.BFloat16)).ToArray();
        var actual = Forms.Evaluate(x => [TiedLinearAttention.Chunked(x[0], x[1], x[2], null, 64)], narrow);
        var expected = Forms.Evaluate(
            x => [Definition(x[0], x[1], x[2], null, null).Output],
            [.. narrow.Select(x => x.to(ScalarType.Float64))]
        );
        // both weigh outputs with the same numbers, which this side rounds to bf16
        foreach (var (a, e) in actual.Zip(expected))
            Assert.InRange(Forms.RelativeRms(a, e), 0, 4e-3);
    }

    /// <summary>Rows share their work among threads; none has more than another.</summary>
    [Fact]
    public void Threads_change_nothing()
    {
        using var scope = NewDisposeScope();
        var x = Inputs(700, 32, 32).Select(t => t.to(ScalarType.Float32)).ToArray();
        var bound = Forms.Normal(ScalarType.Float32, 8, 96).sigmoid();
        Tensor[] Run(int threads)
        {
            var before = get_num_threads();
            set_num_threads(threads);
            var results = Forms.Evaluate(y => [TiedLinearAttention.Chunked(y[0], y[1], y[2], y[3], 64)], [.. x, bound]);
            set_num_threads(before);
            return results;
        }
        foreach (var (one, two) in Run(1).Zip(Run(2)))
            Assert.True(one.equal(two).all().item<bool>());
    }

    private static (Tensor Output, Tensor State) Definition(
        Tensor q,
        Tensor z,
        Tensor v,
        Tensor? bound,
        Tensor? initial
    )
    {
        var (logForget, key) = ForgetGate.Compute(z, bound?.view(3, 1, z.size(3)));
        return GatedLinearAttention.Recurrent(nn.functional.silu(q), key, v, logForget, initial);
    }

    private static Tensor Slopes(Tensor like) =>
        tensor(Decays, like.dtype == ScalarType.Float64 ? like.dtype : ScalarType.Float32);

    private static Tensor[] Inputs(int time, int key, int value) =>
        [
            Forms.Normal(ScalarType.Float64, 1, 2, 3, time, key),
            Forms.Normal(ScalarType.Float64, 2, 2, 3, time, key),
            Forms.Normal(ScalarType.Float64, 3, 2, 3, time, value),
        ];

    private static Tensor[] States((Tensor Output, Tensor State) result) => [result.Output, result.State];

    /// <summary>The kernel in fp32 on rows as projections have them, against a form in fp64 on the same rounded
    /// numbers.</summary>
    private static void Compare(Tensor[] inputs, Func<Tensor[], Tensor[]> kernel, Func<Tensor[], Tensor[]> definition)
    {
        using var scope = NewDisposeScope();
        var rounded = inputs.Select(x => x.to(ScalarType.Float32)).ToArray();
        var actual = Forms.Evaluate(
            x => kernel([.. x.Select(t => t.dim() == 4 ? t.transpose(1, 2).contiguous().transpose(1, 2) : t)]),
            rounded
        );
        var expected = Forms.Evaluate(definition, [.. rounded.Select(x => x.to(ScalarType.Float64))]);
        foreach (var (a, e) in actual.Zip(expected))
            Assert.InRange(Forms.Relative(a, e), 0, 1e-5);
    }
}
