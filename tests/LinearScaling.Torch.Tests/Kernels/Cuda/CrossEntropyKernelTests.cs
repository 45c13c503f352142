using LinearScaling.Tests.Torch.Ops;
using LinearScaling.Torch.Kernels.Cuda;

namespace LinearScaling.Tests.Torch.Kernels.Cuda;

/// <summary>The GPU's kernel of cross-entropy, on the CPU, beside libtorch's in fp64.</summary>
public class CrossEntropyKernelTests
{
    /// <summary>Vocabularies whose rows begin at every place within 16 bytes, one of fewer elements than that, and a
    /// tokenizer's.</summary>
    [Theory]
    [InlineData(9, 1, 1)]
    [InlineData(9, 5, 1)]
    [InlineData(9, 257, 1)]
    [InlineData(3, 5001, 30)]
    [InlineData(1, 100_280, 3)]
    public void Losses_and_gradients_are_those_of_libtorch(int rows, int vocab, double spread)
    {
        var launcher = HostKernels.Required();
        using var scope = NewDisposeScope();
        var logits = (Forms.Normal(ScalarType.Float64, 1, rows, vocab) * spread).to(ScalarType.BFloat16);
        random.manual_seed(3);
        var targets = randint(vocab, [rows], ScalarType.Int64);
        var exact = logits.to(ScalarType.Float64).requires_grad_();
        var expected = nn.functional.cross_entropy(exact, targets, reduction: nn.Reduction.None);
        (expected.sum() * .25).backward();

        var losses = CrossEntropyKernel.For(launcher, logits)!.InPlace(logits, targets, .25);
        Assert.InRange((losses - expected).abs().max().item<double>(), 0, 1e-5 * spread);
        Assert.InRange((logits.to(ScalarType.Float64) - exact.grad!).abs().max().item<double>(), 0, 1e-3);
        if (vocab > 1)
            Assert.InRange(Forms.RelativeRms(logits, exact.grad!), 0, 5e-3);
    }

    /// <summary>A prediction that is all but certain keeps the gradient of its target, however small.</summary>
    [Fact]
    public void A_confident_prediction_keeps_its_gradient()
    {
        var launcher = HostKernels.Required();
        using var scope = NewDisposeScope();
        var values = new float[80];
        (values[7], values[47], values[49]) = (14, float.NegativeInfinity, 1e4f);
        var logits = tensor(values).view(2, 40).to(ScalarType.BFloat16);
        var losses = CrossEntropyKernel.For(launcher, logits)!.InPlace(logits, tensor(new long[] { 7, 9 }), 1);
        var missed = 39 / (39 + Math.Exp(14));
        Assert.Equal(missed, losses[0].item<float>(), 1e-6);
        Assert.Equal(-missed, logits[0, 7].to(ScalarType.Float64).item<double>(), 1e-2 * missed);
        Assert.Equal(0, losses[1].item<float>());
        Assert.Equal(0, logits[1].to(ScalarType.Float64).abs().sum().item<double>());
    }

    [Fact]
    public void Threads_and_shared_memory_are_what_the_source_says()
    {
        var launcher = HostKernels.Required();
        foreach (var kernel in CrossEntropyKernel.All)
        {
            Assert.True(launcher.Has(kernel));
            Assert.Equal((kernel.Threads, kernel.SharedBytes), HostKernels.Described(kernel));
        }
    }

    [Fact]
    public void There_is_one_for_bf16_only()
    {
        var launcher = HostKernels.Required();
        Assert.Null(CrossEntropyKernel.For(launcher, zeros(2, 3)));
        Assert.Null(CrossEntropyKernel.For(launcher, zeros([2, 3], ScalarType.BFloat16).t()));
    }
}
