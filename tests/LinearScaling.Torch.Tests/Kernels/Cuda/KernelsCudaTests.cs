using LinearScaling.Tests.Torch.Ops;
using LinearScaling.Torch.Kernels.Cuda;
using LinearScaling.Torch.Ops;

namespace LinearScaling.Tests.Torch.Kernels.Cuda;

/// <summary>The kernels on a GPU, beside the same definitions as on the CPU.</summary>
public class KernelsCudaTests
{
    public static TheoryData<int, int, int, int> Shapes => WalkForms.Shapes;

    /// <summary>The driver compiles them, and the device has the shared memory.</summary>
    [Theory]
    [InlineData(64)]
    [InlineData(128)]
    public void All_kernels_are_there(int width)
    {
        var launcher = Launcher();
        Assert.NotNull(GatedKernels.For(launcher, width, width));
        Assert.NotNull(LightningKernels.For(launcher, width, width, turned: false));
        Assert.NotNull(LightningKernels.For(launcher, width, width, turned: true));
        Assert.All(CrossEntropyKernel.All.Concat(ForgetGateKernels.All), kernel => Assert.True(launcher.Has(kernel)));
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Attention_is_that_of_the_recurrence(int batch, int heads, int time, int width)
    {
        Launcher();
        using var scope = NewDisposeScope();
        var inputs = WalkForms.Inputs(batch, heads, time, width);
        var decayed = LightningKernelTests.Decayed(inputs, .1f);
        WalkForms.AreThoseOf(GatedKernelTests.Recurrent, GatedKernelTests.Inputs(batch, heads, time, width).To(CUDA));
        WalkForms.AreThoseOf(LightningKernelTests.Recurrent(0), decayed.To(CUDA));
        WalkForms.AreThoseOf(LightningKernelTests.Recurrent(0), LightningKernelTests.Turned(inputs).To(CUDA));
        WalkForms.AreThoseOf(LightningKernelTests.Recurrent(99), LightningKernelTests.Turned(decayed).To(CUDA), 99);
    }

    [Fact]
    public void Cross_entropy_is_that_of_libtorch()
    {
        var launcher = Launcher();
        using var scope = NewDisposeScope();
        var logits = Forms.Normal(ScalarType.BFloat16, 1, 70, 100_280).to(CUDA);
        random.manual_seed(3);
        var targets = randint(100_280, [70], ScalarType.Int64).to(CUDA);
        var exact = logits.to(ScalarType.Float64).requires_grad_();
        var expected = nn.functional.cross_entropy(exact, targets, reduction: nn.Reduction.None);
        expected.sum().backward();
        var losses = CrossEntropyKernel.For(launcher, logits)!.InPlace(logits, targets, 1);
        Assert.InRange(Forms.Relative(losses, expected), 0, 1e-5);
        Assert.InRange(Forms.RelativeRms(logits, exact.grad!), 0, 5e-3);
    }

    [Fact]
    public void Gates_are_those_of_the_formula()
    {
        var launcher = Launcher();
        using var scope = NewDisposeScope();
        var z = Forms.Normal(ScalarType.BFloat16, 1, 2, 3, 129, 128).to(CUDA);
        var bounds = full([3, 128], .3, ScalarType.Float32, CUDA);
        var kernels = ForgetGateKernels.For(launcher, z)!;
        var (logForget, key) = kernels.Forward(z, bounds);
        var (dz, dBounds) = kernels.Backward(z, bounds, ones_like(logForget), ones_like(key));
        var (exact, wide) = (z.to(ScalarType.Float64).requires_grad_(), bounds.to(ScalarType.Float64).requires_grad_());
        var (expectedLog, expectedKey) = ForgetGate.Compute(exact, wide.view(3, 1, 128));
        (expectedLog.sum() + expectedKey.sum()).backward();
        Assert.InRange(Forms.Relative(logForget, expectedLog), 0, 1e-5);
        Assert.InRange(Forms.RelativeRms(key, expectedKey), 0, 5e-3);
        Assert.InRange(Forms.RelativeRms(dz, exact.grad!), 0, 5e-3);
        Assert.InRange(Forms.Relative(dBounds!, wide.grad!), 0, 1e-5);
    }

    private static CudaLauncher Launcher()
    {
        Assert.SkipUnless(cuda.is_available(), "needs CUDA");
        using var on = zeros(1, device: CUDA);
        var launcher = CudaLauncher.For(on);
        Assert.NotNull(launcher);
        return launcher;
    }
}
