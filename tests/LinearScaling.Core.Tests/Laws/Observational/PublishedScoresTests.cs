using LinearScaling.Laws.Observational;

namespace LinearScaling.Tests.Laws.Observational;

/// <summary>The table of arXiv 2405.10938: 148 base models on eight benchmarks, with gaps.</summary>
/// <remarks>The expected figures come from NumPy's SVD of the same table, its gaps filled by the same rule.</remarks>
public sealed class PublishedScoresTests
{
    private static readonly string[] Benchmarks =
    [
        "MMLU",
        "ARC-C",
        "HellaSwag",
        "Winograd",
        "TruthfulQA",
        "GSM8K",
        "XWinograd",
        "HumanEval",
    ];

    [Fact]
    public void Three_components_explain_what_numpy_says_they_do()
    {
        var table = Read();
        Assert.Equal((148, 47), (table.Models.Count, table.Families));
        Assert.Equal([0, 3, 0, 0, 0, 0, 16, 21], Enumerable.Range(0, 8).Select(table.Gaps));

        var space = Space(table);
        Assert.True(space.Imputation.Converged);
        double[] explained = [0.8530, 0.0940, 0.0265, 0.0115, 0.0072, 0.0043, 0.0024, 0.0012];
        AssertClose(explained, space.Components.Explained, 6e-5);
        Assert.Equal(0.9734, space.Components.Explained.Take(3).Sum(), 5e-5);
        AssertClose([0.441, 0.316, 0.330, 0.229, 0.089, 0.590, 0.215, 0.377], space.Components.Directions[0], 5e-4);
        AssertClose(
            [-0.1110, 0.3239, 0.6663, 0.2954, -0.2166, -0.4451, 0.1907, -0.2647],
            space.Components.Directions[1],
            6e-5
        );
        AssertClose(
            [-0.2464, -0.0253, 0.0034, -0.0478, -0.1964, -0.3550, 0.1181, 0.8705],
            space.Components.Directions[2],
            6e-5
        );
    }

    [Theory]
    [InlineData("Pythia", 8, 0.984, 0.15363)]
    [InlineData("OPT", 8, 0.985, 0.12221)]
    [InlineData("BLOOM", 5, 0.984, 0.15786)]
    [InlineData("Llama", 4, 0.978, 0.38038)]
    [InlineData("Qwen1.5", 7, 0.970, 0.42415)]
    public void A_familys_first_component_is_a_line_in_log_compute(
        string family,
        int models,
        double rSquared,
        double slope
    )
    {
        var table = Read();
        var space = Space(table);
        var line = FamilyLine.Fit(
            family,
            [.. table.Models.Where(m => m.Family == family).Select(m => (m.Flops, space.Place(m.Scores)[0]))]
        )!;
        Assert.Equal(models, line.Models);
        Assert.Equal(rSquared, line.RSquared, 5e-4);
        Assert.Equal(slope, line.Slope, 1e-5);
    }

    [Fact]
    public void One_benchmark_is_predicted_from_the_others_better_than_from_compute()
    {
        var analysis = ObservationalAnalysis.Analyze(Read("GSM8K"), new() { Draws = 40 });
        Assert.DoesNotContain("GSM8K", analysis.Table.Benchmarks);
        var errors = analysis.HoldOut!.Errors;
        Assert.Equal("log10 C", errors[0].Predictor);
        Assert.True(errors[^1].Absolute < 0.6 * errors[0].Absolute, $"{errors[^1]}, {errors[0]}");
    }

    private static ScoreTable Read(string? target = null) =>
        new ScoreColumns(
            ScoreColumns.ParseRoles("model=Model,family=\"Model Family\",C=FLOPs (1E21)*1e21"),
            ScoreColumns.ParseBenchmarks(string.Join(',', Benchmarks)),
            target is null ? null : new(target),
            []
        ).Read(PublishedData.File("obs_scaling/base_llm_benchmark_eval.csv"));

    private static CapabilitySpace Space(ScoreTable table) =>
        CapabilitySpace.Fit([.. table.Models.Select(m => m.Scores)], [.. table.Models.Select(_ => 1.0)]);

    private static void AssertClose(double[] expected, double[] actual, double tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var k = 0; k < expected.Length; k++)
            Assert.Equal(expected[k], actual[k], tolerance);
    }
}
