using LinearScaling.Torch.Ops;

namespace LinearScaling.Tests.Torch.Ops;

public sealed class ForgetGateTests
{
    [Fact]
    public void Lower_bounds_start_at_the_layers_share_of_the_depth()
    {
        using var scope = NewDisposeScope();
        var bounds = zeros([6, 2]);
        for (var layer = 1; layer < 6; layer++)
            Assert.Equal(layer / 6f, ForgetGate.LowerBound(bounds, layer)[1].item<float>(), 1e-6f);
    }

    [Theory]
    [InlineData(0.3, 0.25), InlineData(-4, 0.9), InlineData(12, 0.01)]
    public void Gates_follow_their_definition(double z, double beta)
    {
        using var scope = NewDisposeScope();
        var (logForget, input) = ForgetGate.Compute(
            full([1], z, ScalarType.Float64),
            full([1], beta, ScalarType.Float64)
        );
        var forget = beta + (1 - beta) / (1 + Math.Exp(-z));
        Assert.Equal(Math.Log(forget), logForget.item<double>(), 1e-12);
        Assert.Equal(1 - forget, input.item<double>(), 1e-12);
    }

    [Fact]
    public void A_gate_that_is_nearly_open_keeps_its_small_input_and_decay()
    {
        using var scope = NewDisposeScope();
        var (logForget, input) = ForgetGate.Compute(full([1], 30f), null);
        Assert.Equal(Math.Exp(-30), input.item<float>(), 1e-18);
        Assert.Equal(-Math.Exp(-30), logForget.item<float>(), 1e-18);
    }

    [Fact]
    public void A_shut_gate_without_bound_forgets_by_its_logit()
    {
        using var scope = NewDisposeScope();
        var z = full([1], -100f).requires_grad_();
        var (logForget, input) = ForgetGate.Compute(z, null);
        logForget.sum().backward();
        Assert.Equal((-100f, 1f, 1f), (logForget.item<float>(), input.item<float>(), z.grad!.item<float>()));
    }
}
