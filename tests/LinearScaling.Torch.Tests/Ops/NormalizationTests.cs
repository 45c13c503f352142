using LinearScaling.Torch.Ops;

namespace LinearScaling.Tests.Torch.Ops;

public sealed class NormalizationTests
{
    [Fact]
    public void Rms_equals_its_formula_with_all_gradients()
    {
        using var scope = NewDisposeScope();
        Assert.InRange(
            Forms.Difference(
                x => [Normalization.Rms(x[0], x[1], 1e-5)],
                x => [x[0] / (x[0].square().mean([-1], keepdim: true) + 1e-5).sqrt() * x[1]],
                Forms.Normal(ScalarType.Float64, 1, 2, 5, 8),
                Forms.Normal(ScalarType.Float64, 2, 8)
            ),
            0,
            1e-12
        );
    }

    [Fact]
    public void A_vector_of_zeros_stays_zero_and_has_a_finite_gradient()
    {
        using var scope = NewDisposeScope();
        var x = zeros([1, 2, 8]).requires_grad_();
        var y = Normalization.Rms(x, null, 1e-6);
        y.sum().backward();
        Assert.Equal(0, y.abs().max().item<float>());
        Assert.Equal(1000, x.grad![0, 0, 0].item<float>(), 1e-2f);
    }

    [Fact]
    public void Groups_are_normalised_each_on_its_own()
    {
        using var scope = NewDisposeScope();
        var x = Forms.Normal(ScalarType.Float64, 1, 2, 5, 3, 4);
        var (gain, bias) = (Forms.Normal(ScalarType.Float64, 2, 3, 4), Forms.Normal(ScalarType.Float64, 3, 3, 4));
        var (rms, layer) = (Normalization.Groups(x, gain, null, 1e-6), Normalization.Groups(x, gain, bias, 1e-6));
        for (var group = 0; group < 3; group++)
        {
            var part = x.select(2, group);
            Assert.InRange(Forms.Relative(rms.select(2, group), Normalization.Rms(part, gain[group], 1e-6)), 0, 1e-12);
            Assert.InRange(
                Forms.Relative(layer.select(2, group), Normalization.Layer(part, gain[group], bias[group], 1e-6)),
                0,
                1e-12
            );
        }
    }

    [Fact]
    public void Bf16_is_normalised_in_fp32()
    {
        using var scope = NewDisposeScope();
        var x = Forms.Normal(ScalarType.BFloat16, 1, 2, 5, 64);
        var y = Normalization.Rms(x, null, 1e-6);
        Assert.Equal(ScalarType.BFloat16, y.dtype);
        Assert.InRange(Forms.Relative(y, Normalization.Rms(x.to(ScalarType.Float64), null, 1e-6)), 0, 1 / 256.0);
    }
}
