using LinearScaling.Torch.Decoding;

namespace LinearScaling.Tests.Torch.Decoding;

public class SamplingTests
{
    // softmax: .0476 .3516 .1293 .3516 .0064 (to be divided by their sum)
    private static readonly float[] Logits = [1, 3, 2, 3, -1];

    [Fact]
    public void Greedy_takes_the_first_of_the_likeliest() =>
        Assert.Equal(1, new Sampling().Choose([.. Logits], [], 0.999));

    [Fact]
    public void Draws_follow_the_softmax_of_the_tempered_logits()
    {
        var sampling = new Sampling(Temperature: 2);
        var counts = new double[5];
        for (var i = 0; i < 10_000; i++)
            counts[sampling.Choose([.. Logits], [], (i + 0.5) / 10_000)]++;
        var weights = Logits.Select(l => Math.Exp(l / 2.0)).ToArray();
        for (var t = 0; t < 5; t++)
            Assert.Equal(weights[t] / weights.Sum(), counts[t] / 10_000, 1e-4);
    }

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(2, 1, 2)]
    [InlineData(3, 1, 3)]
    [InlineData(0, 0.3, 1)]
    [InlineData(0, 0.5, 2)]
    [InlineData(0, 0.9, 3)]
    [InlineData(0, 0, 1)]
    [InlineData(3, 0.5, 2)]
    [InlineData(50, 1, 5)]
    public void Top_k_and_top_p_leave_the_likeliest(int topK, double topP, int kept)
    {
        var sampling = new Sampling(Temperature: 1, topK, topP);
        var drawn = Enumerable
            .Range(0, 1000)
            .Select(i => sampling.Choose([.. Logits], [], i / 1000.0))
            .Distinct()
            .ToHashSet();
        Assert.Equal(kept, drawn.Count);
        Assert.Subset(
            new HashSet<int>(
                kept <= 2 ? [1, 3]
                : kept == 3 ? [1, 2, 3]
                : [0, 1, 2, 3, 4]
            ),
            drawn
        );
    }

    [Fact]
    public void The_penalty_divides_positive_and_multiplies_negative_logits_once()
    {
        float[] row = [4, -1, 3];
        new Sampling(RepetitionPenalty: 2).Choose(row, [0, 1, 0], 0);
        Assert.Equal([2, -2, 3], row);
    }
}
