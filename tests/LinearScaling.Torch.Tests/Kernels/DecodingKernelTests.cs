using LinearScaling.Tests.Torch.Ops;
using LinearScaling.Torch.Kernels;
using LinearScaling.Torch.Ops;

namespace LinearScaling.Tests.Torch.Kernels;

/// <summary>The kernels of single tokens against libtorch's operators in fp64.</summary>
public class DecodingKernelTests
{
    [Theory]
    [InlineData(1, 1, 1, ScalarType.Float32)]
    [InlineData(1, 31, 7, ScalarType.Float32)]
    [InlineData(2, 32, 5, ScalarType.Float32)]
    [InlineData(4, 333, 70, ScalarType.Float32)]
    [InlineData(1, 33, 3, ScalarType.BFloat16)]
    [InlineData(4, 96, 64, ScalarType.BFloat16)]
    public void A_product_of_few_rows(int rows, int inputs, int outputs, ScalarType type)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        var x = Forms.Normal(ScalarType.Float64, 1, rows, 1, inputs).to(type);
        var weight = Forms.Normal(ScalarType.Float64, 2, outputs, inputs).to(type);

        Assert.True(LinearKernel.Fits(x, weight));
        var y = Products.Linear(x, weight);

        Assert.Equal(type, y.dtype);
        Assert.Equal([rows, 1, outputs], y.shape);
        var exact = nn.functional.linear(x.to(ScalarType.Float64), weight.to(ScalarType.Float64));
        Assert.InRange(Forms.Relative(y.to(ScalarType.Float64), exact), 0, Tolerance(type));
    }

    [Fact]
    public void A_product_with_a_graph_or_with_many_rows_is_libtorchs()
    {
        using var scope = NewDisposeScope();
        var weight = zeros(8, 8);
        Assert.False(LinearKernel.Fits(zeros(1, 1, 8), weight));
        using var guard = no_grad();
        Assert.False(LinearKernel.Fits(zeros(1, 5, 8), weight));
        Assert.False(LinearKernel.Fits(zeros(1, 1, 8), zeros(8, 16).t().narrow(1, 0, 8)));
        Assert.False(LinearKernel.Fits(zeros([1, 1, 8], ScalarType.Float64), weight.to(ScalarType.Float64)));
    }

    [Theory]
    [InlineData(1, 1, 1, 1, 6, ScalarType.Float32)]
    [InlineData(2, 3, 3, 63, 16, ScalarType.Float32)]
    [InlineData(1, 6, 2, 65, 80, ScalarType.Float32)] // each key serves three queries
    [InlineData(3, 4, 1, 1000, 64, ScalarType.Float32)]
    [InlineData(2, 4, 2, 130, 40, ScalarType.BFloat16)]
    public void A_query_to_a_cache(int batch, int heads, int shared, int positions, int width, ScalarType type)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        var q = Forms.Normal(ScalarType.Float64, 1, batch, heads, 1, width).to(type);
        // within a buffer that has room for more, as a cache's
        Tensor Held(int seed) =>
            Forms
                .Normal(ScalarType.Float64, (ulong)seed, batch, shared, positions + 9, width)
                .to(type)
                .narrow(2, 0, positions);
        var (k, v) = (Held(2) * 3, Held(3));

        Assert.True(QueryKernel.Fits(q, k, v));
        var y = SoftmaxAttention.Cached(q, k, v);

        Assert.Equal(q.shape, y.shape);
        var exact = Exact(q, k, v);
        Assert.InRange(Forms.Relative(y.to(ScalarType.Float64), exact), 0, Tolerance(type));
    }

    [Fact]
    public void Large_scores_neither_overflow_nor_lose_the_largest()
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        var q = full([1, 1, 1, 16], 1e4f);
        var k = zeros(1, 1, 100, 16);
        k[0, 0, 70] = 1e4f;
        k[0, 0, 71] = -1e4f;
        var v = arange(100, dtype: ScalarType.Float32).view(1, 1, 100, 1).expand(1, 1, 100, 16).contiguous();
        Assert.All(SoftmaxAttention.Cached(q, k, v).data<float>().ToArray(), x => Assert.Equal(70, x));
    }

    [Fact]
    public void A_value_that_is_no_number_is_not_hidden()
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        var (q, k) = (ones(1, 1, 1, 16), ones(1, 1, 20, 16));
        k[0, 0, 3, 5] = float.NaN;
        Assert.All(
            SoftmaxAttention.Cached(q, k, ones(1, 1, 20, 16)).data<float>().ToArray(),
            x => Assert.True(float.IsNaN(x))
        );
    }

    private static Tensor Exact(Tensor q, Tensor k, Tensor v)
    {
        Tensor Wide(Tensor x) => x.to(ScalarType.Float64).repeat_interleave(q.size(1) / x.size(1), 1);
        var scores = q.to(ScalarType.Float64).matmul(Wide(k).transpose(2, 3)) / Math.Sqrt(q.size(3));
        return scores.softmax(3).matmul(Wide(v));
    }

    private static double Tolerance(ScalarType type) => type == ScalarType.BFloat16 ? 0.005 : 2e-6;
}
