using LinearScaling.Torch.Native;
using LinearScaling.Torch.Training;

namespace LinearScaling.Tests.Torch.Training;

public class CrossEntropyTests
{
    [Theory]
    [InlineData(1, 5, 3)]
    [InlineData(37, 300, 16)]
    [InlineData(700, 100_280, 8)] // several chunks
    public void It_equals_the_plain_one(int tokens, int vocab, int width)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(3);
        var hidden = randn([tokens, width], ScalarType.Float64, requires_grad: true);
        var weight = randn([vocab, width], ScalarType.Float64, requires_grad: true);
        var targets = randint(vocab, [tokens]);

        var plain = nn.functional.cross_entropy(hidden.matmul(weight.t()), targets);
        plain.backward();

        var weightGrad = zeros([vocab, width], ScalarType.Float64);
        var (sum, hiddenGrad) = CrossEntropy.ForwardBackward(
            hidden.detach(),
            weight.detach(),
            targets,
            1.0 / tokens,
            weightGrad,
            TestContext.Current.CancellationToken
        );

        Assert.Equal(plain.item<double>(), sum.item<double>() / tokens, 1e-12);
        Assert.InRange((hidden.grad! - hiddenGrad).abs().max().item<double>(), 0, 1e-12);
        Assert.InRange((weight.grad! - weightGrad).abs().max().item<double>(), 0, 1e-12);
    }

    [Fact]
    public void In_bf16_the_head_s_gradient_is_complete()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(4);
        var (tokens, vocab) = (33, 40_000); // several slices of the head's rows
        var hidden = randn([tokens, 8]).to(ScalarType.BFloat16);
        var weight = randn([vocab, 8]).to(ScalarType.BFloat16);
        var targets = randint(vocab, [tokens]);
        var (exact, rounded) = (zeros([vocab, 8], ScalarType.Float64), zeros([vocab, 8], ScalarType.Float32));
        CrossEntropy.ForwardBackward(
            hidden.to(ScalarType.Float64),
            weight.to(ScalarType.Float64),
            targets,
            1,
            exact,
            TestContext.Current.CancellationToken
        );
        CrossEntropy.ForwardBackward(hidden, weight, targets, 1, rounded, TestContext.Current.CancellationToken);
        Assert.InRange(((rounded.to(ScalarType.Float64) - exact).norm() / exact.norm()).item<double>(), 0, 0.01);
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void No_more_than_a_chunk_of_logits_is_ever_held(ScalarType type)
    {
        LibTorch.Load();
        using var scope = NewDisposeScope();
        var (hidden, weight, weightGrad) = (zeros([2000, 8], type), zeros([100_280, 8], type), zeros([100_280, 8]));
        TensorPool.ResetPeak();
        Assert.SkipWhen(TensorPool.PeakBytes is null, "needs the pool, which counts");
        var before = TensorPool.PeakBytes!.Value;
        CrossEntropy.ForwardBackward(
            hidden,
            weight,
            zeros(2000, ScalarType.Int64),
            1,
            weightGrad,
            TestContext.Current.CancellationToken
        );
        Assert.InRange(TensorPool.PeakBytes!.Value - before, 0, (192 + 16) << 20); // all logits at once are 800 MB
    }

    [Fact]
    public void A_chunk_of_logits_stays_within_its_bytes() =>
        Assert.InRange(CrossEntropy.RowsPerChunk(100_280, 8192) * 100_280 * 4, 1, 192L << 20);
}
