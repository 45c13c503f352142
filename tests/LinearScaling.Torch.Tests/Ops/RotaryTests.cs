using LinearScaling.Torch.Ops;

namespace LinearScaling.Tests.Torch.Ops;

public sealed class RotaryTests
{
    [Fact]
    public void Lrpe_products_depend_on_the_distance_by_cosines()
    {
        using var scope = NewDisposeScope();
        var (q, k) = (Forms.Normal(ScalarType.Float64, 1, 1, 9, 2, 4), Forms.Normal(ScalarType.Float64, 2, 1, 9, 2, 4));
        var theta = Forms.Normal(ScalarType.Float64, 3, 2, 4);
        var (turnedQ, turnedK) = (Rotary.Lrpe(q, theta, 100), Rotary.Lrpe(k, theta, 100));
        var product = (turnedQ[0, 8, 1] * turnedK[0, 3, 1]).sum().item<double>();
        var expected = (q[0, 8, 1] * k[0, 3, 1] * (theta[1] * 5).cos()).sum().item<double>();
        Assert.Equal(expected, product, 1e-12);
    }

    [Fact]
    public void Rope_turns_a_pair_half_a_head_apart()
    {
        using var scope = NewDisposeScope();
        var x = zeros([1, 1, 1, 6], ScalarType.Float64);
        x[0, 0, 0, 1] = 1; // pair (1, 4), frequency 10000^(-2/6)
        var y = Forms.Rope(x, 10000, 7).flatten().data<double>().ToArray();
        var angle = 7 * Math.Pow(10000, -1.0 / 3);
        Assert.Equal([0, Math.Cos(angle), 0, 0, Math.Sin(angle), 0], y, (a, b) => Math.Abs(a - b) < 1e-14);
    }

    [Fact]
    public void Rope_products_depend_on_the_distance_alone()
    {
        using var scope = NewDisposeScope();
        var (q, k) = (Forms.Normal(ScalarType.Float64, 1, 1, 1, 2, 8), Forms.Normal(ScalarType.Float64, 2, 1, 1, 2, 8));
        Tensor Product(long i, long j) => (Forms.Rope(q, 500, i) * Forms.Rope(k, 500, j)).sum(3L);
        Assert.InRange(Forms.Relative(Product(12, 5), Product(1007, 1000)), 0, 1e-12);
    }

    [Fact]
    public void Positions_above_256_do_not_collapse_in_bf16()
    {
        using var scope = NewDisposeScope();
        var x = ones([1, 2, 1, 2], ScalarType.BFloat16);
        var theta = full([1, 2], 1.0);
        var turned = Rotary.Lrpe(x, theta, 1000).to(ScalarType.Float32);
        Assert.Equal((float)Math.Cos(1000), turned[0, 0, 0, 0].item<float>(), 5e-3f);
        Assert.Equal((float)Math.Cos(1001), turned[0, 1, 0, 0].item<float>(), 5e-3f);
    }

    [Fact]
    public void Angles_have_the_gradient_of_the_definition()
    {
        using var scope = NewDisposeScope();
        Assert.InRange(
            Forms.Difference(
                x => [LightningAttention.Chunked(Turn(x[0], x[3]), Turn(x[1], x[3]), x[2], null, 16)],
                x => [ByCosines(x[0], x[1], x[3]).matmul(x[2])],
                Forms.Normal(ScalarType.Float64, 1, 2, 3, 40, 4),
                Forms.Normal(ScalarType.Float64, 2, 2, 3, 40, 4),
                Forms.Normal(ScalarType.Float64, 3, 2, 3, 40, 5),
                Forms.Normal(ScalarType.Float64, 4, 3, 4)
            ),
            0,
            1e-10
        );
    }

    /// <summary>An angle of 100,000 held in fp32 is off by up to 0.004.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(100_000)]
    [InlineData(16_000_000)]
    public void Lrpe_in_fp32_is_as_exact_at_any_position(long start)
    {
        using var scope = NewDisposeScope();
        var (q, k, v) = (
            Forms.Normal(ScalarType.Float32, 1, 1, 2, 70, 8),
            Forms.Normal(ScalarType.Float32, 2, 1, 2, 70, 8),
            Forms.Normal(ScalarType.Float32, 3, 1, 2, 70, 8)
        );
        var theta = Forms.Normal(ScalarType.Float32, 4, 2, 8);
        Tensor Wide(Tensor x) => x.to(ScalarType.Float64);
        var expected = LightningAttention.Parallel(Wide(q), Wide(k), Wide(v), null, theta: Wide(theta));
        var (chunked, state) = LightningAttention.Prefill(q, k, v, null, 16, theta: theta, start: start);
        var (recurrent, last) = LightningAttention.Recurrent(q, k, v, null, theta: theta, start: start);
        Assert.InRange(Forms.Relative(Wide(chunked), expected), 0, 1e-6);
        Assert.InRange(Forms.Relative(Wide(recurrent), expected), 0, 1e-6);
        Assert.InRange(Forms.Relative(state, last), 0, 1e-6);
    }

    private static Tensor Turn(Tensor x, Tensor theta) => Rotary.Lrpe(x.transpose(1, 2), theta, 0).transpose(1, 2);

    /// <summary>sum_j q_j k_j cos(theta_j (t - s)), masked: [batch, heads, time, time].</summary>
    private static Tensor ByCosines(Tensor q, Tensor k, Tensor theta)
    {
        var p = arange(q.size(2), dtype: q.dtype);
        var distance = (p.unsqueeze(1) - p).view(1, 1, q.size(2), q.size(2), 1);
        return (q.unsqueeze(3) * k.unsqueeze(2) * (distance * theta.view(1, theta.size(0), 1, 1, -1)).cos())
            .sum(4L)
            .tril();
    }
}
