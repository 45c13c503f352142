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
        var (sum, hiddenGrad) = CrossEntropy.ForwardBackward(hidden.detach(), weight.detach(), targets, 1.0 / tokens, weightGrad, TestContext.Current.CancellationToken);

        Assert.Equal(plain.item<double>(), sum / tokens, 1e-12);
        Assert.InRange((hidden.grad! - hiddenGrad).abs().max().item<double>(), 0, 1e-12);
        Assert.InRange((weight.grad! - weightGrad).abs().max().item<double>(), 0, 1e-12);
    }

    [Fact]
    public void A_chunk_of_logits_stays_within_its_bytes() =>
        Assert.InRange(CrossEntropy.RowsPerChunk(100_280, 8192) * 100_280 * 4, 1, 192L << 20);
}
