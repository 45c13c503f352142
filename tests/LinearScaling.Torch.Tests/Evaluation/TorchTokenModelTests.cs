using LinearScaling.Configuration;
using LinearScaling.Evaluation.Requests;
using LinearScaling.Torch.Architectures;
using LinearScaling.Torch.Evaluation;

namespace LinearScaling.Tests.Torch.Evaluation;

public class TorchTokenModelTests
{
    public static TheoryData<string> Architectures => [.. ModelConfig.Variants.Names];

    [Theory, MemberData(nameof(Architectures))]
    public void A_score_is_the_sum_of_the_log_probabilities_of_the_scored_tokens(string architecture)
    {
        using var model = Tiny(architecture);
        var score = Score(model, [new([3, 1, 4, 1, 5], 2)], 100, true)[0];
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        var logits = model.Logits(tensor(new long[] { 3, 1, 4, 1 }).unsqueeze(0))[0];
        var log = nn.functional.log_softmax(logits, 1);
        Assert.Equal(log[2, 1].item<float>() + log[3, 5].item<float>(), score.LogLikelihood, 1e-5);
        Assert.Equal(logits[2].argmax().item<long>() == 1 && logits[3].argmax().item<long>() == 5, score.IsGreedy);
    }

    [Theory, MemberData(nameof(Architectures))]
    public void Scores_do_not_depend_on_batches_or_on_sharing_the_context(string architecture)
    {
        using var model = Tiny(architecture);
        var sequences = Choices(contexts: 23);
        var expected = sequences.Select(s => Score(model, [s], 1, false)[0]).ToList();
        foreach (
            var (batchTokens, shareContext) in new[]
            {
                (1, true),
                (40, true),
                (256, true),
                (4096, true),
                (65536, true),
                (256, false),
                (65536, false),
            }
        )
        {
            var scores = Score(model, sequences, batchTokens, shareContext);
            for (var i = 0; i < sequences.Count; i++)
            {
                Assert.Equal(expected[i].LogLikelihood, scores[i].LogLikelihood, 1e-5);
                Assert.Equal(expected[i].IsGreedy, scores[i].IsGreedy);
            }
        }
    }

    /// <summary>Token by token through the recurrent form (softmax: the cache), as a definition that no batching or
    /// chunking touches.</summary>
    [Theory, MemberData(nameof(Architectures))]
    public void Scores_equal_those_of_the_recurrent_form(string architecture)
    {
        using var model = Tiny(architecture);
        var sequences = Choices(contexts: 5);
        var scores = Score(model, sequences, 4096, true);
        for (var i = 0; i < sequences.Count; i++)
            Assert.Equal(Recurrent(model, sequences[i]), scores[i].LogLikelihood, 1e-5);
    }

    /// <summary>
    /// Contexts of more than one chunk, alone or after examples that they have in common, at a nano model's size:
    /// through every way of batching, and token by token. Sums of hundreds of nats are compared relative to themselves.
    /// </summary>
    [Theory, MemberData(nameof(Architectures))]
    public void Long_contexts_and_common_examples_score_the_same_in_every_way(string architecture)
    {
        using var model = ConfigFile
            .Parse<ModelConfig>(
                $"{{name: {architecture}, hidden_size: 64, num_layers: 2, num_heads: 2, vocab_size: 257, init_std: "
                    + $"0.1}}",
                "nano"
            )
            .Build(ScalarType.Float32, CPU);
        model.Parameters.Initialize(3);
        var random = new Random(2);
        int[] Tokens(int count) => [.. Enumerable.Range(0, count).Select(_ => random.Next(257))];
        var examples = Tokens(200);
        var sequences = new List<ScoredSequence>();
        for (var question = 0; question < 16; question++)
        {
            int[] context = [.. question % 4 == 0 ? [] : examples, .. Tokens(question == 5 ? 1 : 5 + random.Next(140))];
            for (var choice = 0; choice < 1 + question % 3; choice++)
            {
                var tokens = Tokens(1 + random.Next(60));
                sequences.Add(new([.. context, .. tokens], tokens.Length));
            }
        }
        var expected = sequences.ConvertAll(s => Recurrent(model, s));
        foreach (
            var (batchTokens, shareContext) in new[]
            {
                (256, true),
                (4096, true),
                (65536, true),
                (256, false),
                (4096, false),
                (65536, false),
            }
        )
        {
            var scores = Score(model, sequences, batchTokens, shareContext);
            for (var i = 0; i < sequences.Count; i++)
                Assert.Equal(0, (scores[i].LogLikelihood - expected[i]) / Math.Max(1, Math.Abs(expected[i])), 1e-5);
        }
    }

    [Fact]
    public void A_sequence_without_scored_tokens_scores_zero()
    {
        using var model = Tiny("tnl");
        Assert.Equal(new SequenceScore(0, true), Score(model, [new([3, 1], 0)], 10, true)[0]);
    }

    [Theory, MemberData(nameof(Architectures))]
    public void Generation_repeats_the_argmax_until_it_is_stopped_or_spent(string architecture)
    {
        using var model = Tiny(architecture);
        var expected = new List<long> { 3, 1, 4 };
        using (NewDisposeScope())
        using (no_grad())
            for (var i = 0; i < 5; i++)
                expected.Add(
                    model.Logits(tensor(expected.ToArray()).unsqueeze(0))[0, expected.Count - 1].argmax().item<long>()
                );

        var budget = new TokenPrompt([3, 1, 4], 5, _ => false);
        var stopped = new TokenPrompt([3, 1, 4], 5, tokens => tokens.Count == 2);
        var texts = new TorchTokenModel(model, 16, batchTokens: 4).Generate(
            [budget, stopped, new([2], 1, _ => false)],
            _ => { },
            TestContext.Current.CancellationToken
        );
        Assert.Equal(expected.Skip(3), texts[0]!.Select(t => (long)t));
        Assert.Equal(expected.Skip(3).Take(2), texts[1]!.Select(t => (long)t));
        Assert.Single(texts[2]!);
    }

    [Theory, MemberData(nameof(Architectures))]
    public void No_tensor_is_left_alive(string architecture)
    {
        using var model = Tiny(architecture);
        Score(model, Choices(4), 64, true);
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        Score(model, Choices(9), 64, true);
        new TorchTokenModel(model, 16).Generate(
            [new([3, 1, 4], 5, _ => false)],
            _ => { },
            TestContext.Current.CancellationToken
        );
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    private static double Recurrent(LanguageModel model, ScoredSequence sequence)
    {
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        using var state = model.NewState(1);
        var (tokens, scored) = sequence;
        var sum = 0.0;
        for (var t = 0; t < tokens.Length - 1; t++)
        {
            var hidden = model.Extend(tensor(new long[] { tokens[t] }).view(1, 1), state);
            sum +=
                t + 1 >= tokens.Length - scored
                    ? nn.functional.log_softmax(model.Head(hidden)[0, 0], 0)[tokens[t + 1]].item<float>()
                    : 0;
        }
        return sum;
    }

    private static LanguageModel Tiny(string architecture)
    {
        var model = ConfigFile
            .Parse<ModelConfig>(
                $"{{name: {architecture}, hidden_size: 16, num_layers: 2, num_heads: 2, intermediate_size: 32, "
                    + $"vocab_size: 11, init_std: 0.5}}",
                "tiny"
            )
            .Build(ScalarType.Float32, CPU);
        model.Parameters.Initialize(7);
        return model;
    }

    /// <summary>Contexts of many lengths, with two to five choices; some choices are one token, some contexts end
    /// alike.</summary>
    private static List<ScoredSequence> Choices(int contexts)
    {
        var random = new Random(1);
        var sequences = new List<ScoredSequence>();
        for (var c = 0; c < contexts; c++)
        {
            int[] context = [.. Enumerable.Range(0, 1 + random.Next(30)).Select(_ => random.Next(11))];
            for (var k = 0; k < 2 + c % 4; k++)
            {
                int[] choice =
                [
                    .. Enumerable.Range(0, c % 3 == 0 ? 1 : 1 + random.Next(6)).Select(_ => random.Next(11)),
                ];
                sequences.Add(new([.. context, .. choice], choice.Length));
            }
        }
        return sequences;
    }

    private static IReadOnlyList<SequenceScore> Score(
        LanguageModel model,
        IReadOnlyList<ScoredSequence> sequences,
        int batchTokens,
        bool shareContext
    ) =>
        new TorchTokenModel(model, 16, batchTokens, shareContext).Score(
            sequences,
            _ => { },
            TestContext.Current.CancellationToken
        );
}
