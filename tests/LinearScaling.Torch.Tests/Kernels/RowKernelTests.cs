using LinearScaling.Tests.Torch.Ops;
using LinearScaling.Torch.Kernels;
using LinearScaling.Torch.Ops;

namespace LinearScaling.Tests.Torch.Kernels;

/// <summary>What the CPU computes in one pass, against the same in float64 by libtorch's operators, which
/// <see cref="ScalarType.Float64"/> inputs take.</summary>
public class RowKernelTests
{
    /// <remarks>Relative to the largest element; bf16 keeps eight bits.</remarks>
    private static double Tolerance(ScalarType type) => type == ScalarType.Float32 ? 2e-6 : 1e-2;

    public static TheoryData<ScalarType, int> Rows =>
        new()
        {
            { ScalarType.Float32, 7 },
            { ScalarType.Float32, 64 },
            { ScalarType.Float32, 330 },
            { ScalarType.BFloat16, 7 },
            { ScalarType.BFloat16, 64 },
            { ScalarType.BFloat16, 330 },
        };

    [Theory]
    [MemberData(nameof(Rows))]
    public void Norms(ScalarType type, int width)
    {
        foreach (var withGain in (bool[])[true, false])
            Same(
                type,
                [
                    [3, 100, width],
                    .. withGain
                        ? (long[][])
                            [
                                [width],
                            ]
                        : [],
                ],
                x => Normalization.Rms(x[0], withGain ? x[1] : null, 1e-5),
                wideFrom: 1
            );
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void Gated_products(ScalarType type, int width)
    {
        Same(
            type,
            [
                [3, 5, width],
                [3, 5, width],
            ],
            x => Gates.Silu(x[0], x[1])
        );
        Same(
            type,
            [
                [3, 5, width],
                [3, 5, width],
            ],
            x => Gates.Sigmoid(x[0], x[1])
        );
    }

    [Theory]
    [InlineData(ScalarType.Float32, 6)]
    [InlineData(ScalarType.Float32, 64)]
    [InlineData(ScalarType.BFloat16, 6)]
    [InlineData(ScalarType.BFloat16, 64)]
    public void Rotations(ScalarType type, int headDim) =>
        Same(
            type,
            [
                [2, 9, 3, headDim],
            ],
            x => Forms.Rope(x[0], 10000, 5)
        );

    [Theory]
    [MemberData(nameof(Rows))]
    public void Losses_and_their_gradient(ScalarType type, int vocab)
    {
        using var scope = NewDisposeScope();
        var logits = (randn([50, vocab]) * 5).to(type);
        var targets = randint(vocab, [50]);
        var exact = logits.to(ScalarType.Float64).requires_grad_();
        var loss = nn.functional.cross_entropy(exact, targets, reduction: nn.Reduction.Sum);
        (loss * 0.25).backward();

        var found = SoftmaxGradient.InPlace(logits, targets, 0.25);

        Assert.Equal(1, found / loss.item<double>(), 1e-6);
        Assert.InRange(Distance(exact.grad!, logits), 0, Tolerance(type));
    }

    [Fact]
    public void A_certain_token_keeps_what_is_left_of_its_gradient_in_bf16()
    {
        using var scope = NewDisposeScope();
        var logits = tensor(new float[] { 8, 0, 0, 0 }).view(1, 4).to(ScalarType.BFloat16);
        SoftmaxGradient.InPlace(logits, zeros(1, ScalarType.Int64), 1);
        // 3 e^-8 / (1 + 3 e^-8) = 1.005e-3
        Assert.InRange(logits[0, 0].to(ScalarType.Float32).item<float>(), -1.01e-3f, -1.0e-3f);
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void What_is_not_a_number_stays_so(ScalarType type)
    {
        using var scope = NewDisposeScope();
        foreach (var at in (int[])[3, 17])
        {
            var x = ones(2, 18).to(type);
            x[1, at] = float.NaN;
            Assert.True(Normalization.Rms(x, null, 1e-5)[1].isnan().all().item<bool>());
            Assert.True(Gates.Silu(x, x)[1, at].isnan().item<bool>());
            Assert.True(double.IsNaN(SoftmaxGradient.InPlace(x.clone(), zeros(2, ScalarType.Int64), 1)));
        }
    }

    [Fact]
    public void The_exponential_is_right_over_the_whole_range()
    {
        for (var x = -90f; x < 90; x += 0.01f)
        {
            var (found, exact) = (FastExp.Exp(System.Runtime.Intrinsics.Vector512.Create(x))[5], Math.Exp(x));
            if (x < -88)
                Assert.InRange(found, 0, 1e-38f);
            else if (exact > float.MaxValue)
                Assert.Equal(float.PositiveInfinity, found);
            else
                Assert.InRange(found / exact, 1 - 3e-7, 1 + 3e-7);
        }
    }

    [Fact]
    public void Several_threads_find_what_one_does()
    {
        using var scope = NewDisposeScope();
        var (x, gain, gradient) = (randn(700, 300).requires_grad_(), randn(300).requires_grad_(), randn(700, 300));
        (Tensor, Tensor, Tensor) Run(int threads)
        {
            set_num_threads(threads);
            var y = Normalization.Rms(x, gain, 1e-5);
            y.backward([gradient]);
            var (dx, dGain) = (x.grad!.clone(), gain.grad!.clone());
            (x.grad, gain.grad) = (null, null);
            return (y, dx, dGain);
        }
        var (one, two) = (Run(1), Run(2));
        set_num_threads(1);
        Assert.True(one.Item1.equal(two.Item1).all().item<bool>());
        Assert.True(one.Item2.equal(two.Item2).all().item<bool>());
        Assert.InRange(Distance(one.Item3, two.Item3), 0, 1e-6);
    }

    /// <summary>Output and gradients of every input in a type against float64.</summary>
    /// <param name="wideFrom">Inputs from this one on stay fp32.</param>
    private static void Same(
        ScalarType type,
        long[][] shapes,
        Func<Tensor[], Tensor> function,
        int wideFrom = int.MaxValue
    )
    {
        using var scope = NewDisposeScope();
        var inputs = shapes.Select((s, i) => randn(s).to(i < wideFrom ? type : ScalarType.Float32)).ToArray();
        var gradient = randn(shapes[0]).to(type);
        Tensor[] Run(ScalarType? as64)
        {
            var leaves = inputs.Select(x => (as64 is { } wide ? x.to(wide) : x).detach().requires_grad_()).ToArray();
            var y = function(leaves);
            y.backward([gradient.to(y.dtype)]);
            return [y, .. leaves.Select(l => l.grad!)];
        }
        foreach (var (exact, found) in Run(ScalarType.Float64).Zip(Run(null)))
            Assert.InRange(Distance(exact, found), 0, Tolerance(type));
        using var guard = no_grad();
        Assert.InRange(
            Distance(function([.. inputs.Select(x => x.to(ScalarType.Float64))]), function(inputs)),
            0,
            Tolerance(type)
        );
    }

    private static double Distance(Tensor exact, Tensor found) =>
        (
            (exact.to(ScalarType.Float64) - found.to(ScalarType.Float64)).abs().max()
            / exact.to(ScalarType.Float64).abs().max()
        ).item<double>();
}
