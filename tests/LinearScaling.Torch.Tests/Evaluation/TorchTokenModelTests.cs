using LinearScaling.Evaluation;
using LinearScaling.Torch.Evaluation;

namespace LinearScaling.Tests.Torch.Evaluation;

public sealed class TorchTokenModelTests : IDisposable
{
    private readonly ToyModel model = new(new ToyConfig(), ScalarType.Float32, CPU);

    public TorchTokenModelTests() => model.Parameters.Initialize(7);

    public void Dispose() => model.Dispose();

    [Fact]
    public void A_score_is_the_sum_of_the_log_probabilities_of_the_scored_tokens()
    {
        int[] tokens = [3, 1, 4, 1, 5];
        var score = Score([new(tokens, 2)], 100, true)[0];
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        var logits = model.Logits(tensor(new long[] { 3, 1, 4, 1 }).unsqueeze(0))[0];
        var log = nn.functional.log_softmax(logits, 1);
        Assert.Equal(log[2, 1].item<float>() + log[3, 5].item<float>(), score.LogLikelihood, 1e-5);
        Assert.Equal(logits[2].argmax().item<long>() == 1 && logits[3].argmax().item<long>() == 5, score.IsGreedy);
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(40, true)]
    [InlineData(256, true)]
    [InlineData(65536, true)]
    [InlineData(256, false)]
    public void Scores_do_not_depend_on_batches_or_on_sharing_the_context(int batchTokens, bool shareContext)
    {
        var sequences = Choices(contexts: 23);
        var expected = sequences.Select(s => Score([s], 1, false)[0]).ToList();
        var scores = Score(sequences, batchTokens, shareContext);
        for (var i = 0; i < sequences.Count; i++)
        {
            Assert.Equal(expected[i].LogLikelihood, scores[i].LogLikelihood, 1e-5);
            Assert.Equal(expected[i].IsGreedy, scores[i].IsGreedy);
        }
    }

    [Fact]
    public void A_sequence_without_scored_tokens_scores_zero() => Assert.Equal(new SequenceScore(0, true), Score([new([3, 1], 0)], 10, true)[0]);

    [Fact]
    public void Generation_repeats_the_argmax_until_it_is_stopped_or_spent()
    {
        var expected = new List<long> { 3, 1, 4 };
        using (NewDisposeScope())
        using (no_grad())
            for (var i = 0; i < 5; i++)
                expected.Add(model.Logits(tensor(expected.ToArray()).unsqueeze(0))[0, expected.Count - 1].argmax().item<long>());

        var budget = new TokenPrompt([3, 1, 4], 5, _ => false);
        var stopped = new TokenPrompt([3, 1, 4], 5, tokens => tokens.Count == 2);
        var texts = new TorchTokenModel(model, 16, batchTokens: 4).Generate([budget, stopped, new([2], 1, _ => false)], _ => { }, TestContext.Current.CancellationToken);
        Assert.Equal(expected.Skip(3), texts[0].Select(t => (long)t));
        Assert.Equal(expected.Skip(3).Take(2), texts[1].Select(t => (long)t));
        Assert.Single(texts[2]);
    }

    [Fact]
    public void No_tensor_is_left_alive()
    {
        Score(Choices(4), 64, true);
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        Score(Choices(9), 64, true);
        new TorchTokenModel(model, 16).Generate([new([3, 1, 4], 5, _ => false)], _ => { }, TestContext.Current.CancellationToken);
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    /// <summary>Contexts of many lengths, with two to five choices; some choices are one token, some contexts end alike.</summary>
    private static List<ScoredSequence> Choices(int contexts)
    {
        var random = new Random(1);
        var sequences = new List<ScoredSequence>();
        for (var c = 0; c < contexts; c++)
        {
            int[] context = [.. Enumerable.Range(0, 1 + random.Next(30)).Select(_ => random.Next(11))];
            for (var k = 0; k < 2 + c % 4; k++)
            {
                int[] choice = [.. Enumerable.Range(0, c % 3 == 0 ? 1 : 1 + random.Next(6)).Select(_ => random.Next(11))];
                sequences.Add(new([.. context, .. choice], choice.Length));
            }
        }
        return sequences;
    }

    private IReadOnlyList<SequenceScore> Score(IReadOnlyList<ScoredSequence> sequences, int batchTokens, bool shareContext) =>
        new TorchTokenModel(model, 16, batchTokens, shareContext).Score(sequences, _ => { }, TestContext.Current.CancellationToken);
}
