using LinearScaling.Evaluation.Requests;
using LinearScaling.Tests.Torch.Interop;
using LinearScaling.Torch.Architectures;
using LinearScaling.Torch.Evaluation;
using LinearScaling.Torch.Interop;

namespace LinearScaling.Tests.Torch.Evaluation;

/// <summary>A trained LLaMA, imported, against its float64 reference results.</summary>
public sealed class ImportedModelTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("lcs-imported-").FullName;
    private readonly LanguageModel model;

    public ImportedModelTests() =>
        model = LanguageModel.Load(
            ModelImport.Run(Stories260K.Folder, Path.Combine(root, "stories"), null, null).Checkpoint,
            ScalarType.Float32,
            CPU
        );

    public void Dispose()
    {
        model.Dispose();
        Directory.Delete(root, recursive: true);
    }

    [Fact]
    public void Its_log_likelihood_is_the_references()
    {
        int[] tokens = [.. Stories260K.Golden.LongTokens.Select(t => (int)t)];
        var score = Score([new(tokens, tokens.Length - 1)], 8192, true)[0];
        Assert.Equal(-Stories260K.Golden.LongMeanNll * (tokens.Length - 1), score.LogLikelihood, 1e-3);
        Assert.False(score.IsGreedy);
    }

    [Fact]
    public void What_it_generates_is_the_references_and_greedy()
    {
        var expected = Stories260K.Golden.GreedyTokensFromBos;
        var generated = new TorchTokenModel(model, 512).Generate(
            [new(expected[..1], expected.Length - 1, _ => false)],
            _ => { },
            TestContext.Current.CancellationToken
        )[0];
        Assert.Equal(expected[1..], generated);
        Assert.True(Score([new(expected, expected.Length - 1)], 8192, true)[0].IsGreedy);
    }

    [Fact]
    public void Its_scores_do_not_depend_on_batches_or_on_sharing_the_context()
    {
        int[] text = [.. Stories260K.Golden.LongTokens.Select(t => (int)t)];
        var sequences = new List<ScoredSequence>();
        for (var length = 12; length < text.Length - 20; length += 3)
        for (var choice = 0; choice < 4; choice++)
            sequences.Add(new([.. text[..length], .. text[(length - choice)..(length + 5 + choice)]], 5 + 2 * choice));
        var expected = Score(sequences, 1, false);
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
            var scores = Score(sequences, batchTokens, shareContext);
            for (var i = 0; i < sequences.Count; i++)
                Assert.Equal(
                    0,
                    (scores[i].LogLikelihood - expected[i].LogLikelihood)
                        / Math.Max(1, Math.Abs(expected[i].LogLikelihood)),
                    1e-5
                );
        }
    }

    private IReadOnlyList<SequenceScore> Score(
        IReadOnlyList<ScoredSequence> sequences,
        int batchTokens,
        bool shareContext
    ) =>
        new TorchTokenModel(model, 512, batchTokens, shareContext).Score(
            sequences,
            _ => { },
            TestContext.Current.CancellationToken
        );
}
