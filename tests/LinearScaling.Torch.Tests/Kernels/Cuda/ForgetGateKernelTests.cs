using LinearScaling.Tests.Torch.Ops;
using LinearScaling.Torch.Kernels.Cuda;
using LinearScaling.Torch.Ops;

namespace LinearScaling.Tests.Torch.Kernels.Cuda;

/// <summary>The GPU's kernels of HGRN2's gates, on the CPU, beside the formula in fp64.</summary>
public class ForgetGateKernelTests
{
    [Theory]
    [InlineData(1, 1, 1, 64, false)]
    [InlineData(2, 3, 70, 64, false)]
    [InlineData(2, 3, 70, 64, true)]
    [InlineData(1, 2, 129, 128, true)]
    [InlineData(1, 1, 5, 8, true)]
    public void Values_and_gradients_are_those_of_the_formula(int batch, int heads, int time, int width, bool bounded)
    {
        using var scope = NewDisposeScope();
        Compare(Forms.Normal(ScalarType.BFloat16, 1, batch, heads, time, width).mul_(3), bounded ? .3 : null);
    }

    /// <summary>Gates that are all but open or shut, and bounds close to both ends.</summary>
    [Theory]
    [InlineData(null)]
    [InlineData(1e-6)]
    [InlineData(.5)]
    [InlineData(.999)]
    public void Nothing_cancels_at_either_end(double? bound)
    {
        using var scope = NewDisposeScope();
        var z = tensor(new[] { -100.0, -30, -8, -1e-3, 0, 1e-3, 8, 30, 60, 80 }).to(ScalarType.BFloat16);
        Compare(z.view(1, 1, 10, 1).expand(1, 1, 10, 8).contiguous(), bound);
    }

    [Fact]
    public void They_are_a_node_of_autograd()
    {
        var kernels = ForgetGateKernels.For(HostKernels.Required(), zeros([1, 1, 1, 64], ScalarType.BFloat16))!;
        using var scope = NewDisposeScope();
        var z = Forms.Normal(ScalarType.BFloat16, 1, 1, 2, 5, 64).requires_grad_();
        var bounds = full([2, 64], .25, ScalarType.Float32).requires_grad_();
        var (logForget, key) = ForgetGateFunction.Apply(kernels, z, bounds);
        (logForget.sum() + key.to(ScalarType.Float32).sum()).backward();
        var (dz, dBounds) = kernels.Backward(z.detach(), bounds.detach(), ones_like(logForget), ones_like(key));
        Assert.Equal(0, Forms.Relative(z.grad!, dz));
        Assert.Equal(0, Forms.Relative(bounds.grad!, dBounds!));
    }

    [Fact]
    public void Threads_and_shared_memory_are_what_the_source_says()
    {
        HostKernels.Required();
        foreach (var kernel in ForgetGateKernels.All)
            Assert.Equal((kernel.Threads, kernel.SharedBytes), HostKernels.Described(kernel));
    }

    private static void Compare(Tensor z, double? bound)
    {
        var kernels = ForgetGateKernels.For(HostKernels.Required(), z)!;
        long[] each = [z.size(1), z.size(3)];
        var bounds = bound is { } beta ? full(each, beta, ScalarType.Float32) : null;
        var (logForget, key) = kernels.Forward(z, bounds);
        var dLog = Forms.Normal(ScalarType.Float32, 7, z.shape);
        var dKey = Forms.Normal(ScalarType.BFloat16, 8, z.shape);
        var (dz, dBounds) = kernels.Backward(z, bounds, dLog, dKey);

        var exact = z.to(ScalarType.Float64).requires_grad_();
        var wide = bounds?.to(ScalarType.Float64).requires_grad_();
        var (expectedLog, expectedKey) = ForgetGate.Compute(exact, wide?.view(each[0], 1, each[1]));
        ((expectedLog * dLog).sum() + (expectedKey * dKey.to(ScalarType.Float64)).sum()).backward();
        Close(logForget, expectedLog, 1e-5, floor: 1e-9); // below that, fp64 cancels in the formula
        Close(key, expectedKey, 5e-3, floor: 1e-30);
        var off = exact.neg().sigmoid(); // what every gradient is proportional to
        Close(dz / off, exact.grad! / off, 5e-3, floor: 1);
        if (wide is not null)
            Assert.InRange(Forms.Relative(dBounds!, wide.grad!), 0, 1e-5);
    }

    /// <summary>Each element beside itself, down to a size.</summary>
    private static void Close(Tensor actual, Tensor expected, double tolerance, double floor)
    {
        var difference = (actual.to(ScalarType.Float64) - expected).abs() / (expected.abs() + floor);
        Assert.InRange(difference.max().item<double>(), 0, tolerance);
    }
}
