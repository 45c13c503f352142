using LinearScaling.Evaluation;
using LinearScaling.Evaluation.Requests;
using LinearScaling.Evaluation.Scores;
using LinearScaling.Evaluation.Tasks;

namespace LinearScaling.Tests.Evaluation;

public class ChoiceScoresTests
{
    /// <summary>
    /// "😀é" is 2 code points and 6 bytes, "abcd" 4 and 4, "xy" 2 and 2. Log-likelihoods -4, -6, -5: by sum the first is
    /// best; a code point -2, -1.5, -2.5: the second; a byte -0.667, -1.5, -2.5: the first. Without the question -1,
    /// -4, -4.5: differences -3, -2, -0.5: the third.
    /// </summary>
    [Theory]
    [InlineData(0, 1, 0, 1, 0)]
    [InlineData(1, 0, 1, 0, 0)]
    [InlineData(2, 0, 0, 0, 1)]
    public void Each_metric_takes_its_own_choice(
        int gold,
        double acc,
        double accNorm,
        double accBytes,
        double mutualInfo
    )
    {
        Answer[] answers = [new(-4), new(-6), new(-5), new(-1), new(-4), new(-4.5)];
        var scores = ChoiceScores.Score(new("?", ["😀é", "abcd", "xy"], gold), answers);
        Assert.Equal(
            (acc, accNorm, accBytes, mutualInfo),
            (scores["acc"].Value, scores["acc_norm"].Value, scores["acc_bytes"].Value, scores["acc_mutual_info"].Value)
        );
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.NegativeInfinity)]
    public void A_score_that_is_not_finite_is_no_answer(double score)
    {
        for (var gold = 0; gold < 2; gold++)
        {
            Assert.Equal(
                double.NaN,
                ChoiceScores.Score(new("?", ["a", "b"], gold), [new(score), new(-1)])["acc"].Value
            );
            Assert.Equal(
                double.NaN,
                ChoiceScores.Score(new("?", ["a", "b"], gold), [new(-1), new(score)])["acc"].Value
            );
        }
    }

    [Fact]
    public void The_first_of_equal_scores_wins()
    {
        Assert.Equal(1, ChoiceScores.Score(new("?", ["a", "b"], 0), [new(-1), new(-1)])["acc"].Value);
        Assert.Equal(0, ChoiceScores.Score(new("?", ["a", "b"], 1), [new(-1), new(-1)])["acc"].Value);
    }

    [Theory]
    [InlineData("HELLO World", "Hello world")]
    [InlineData("éCOLE", "École")]
    [InlineData("", "")]
    public void Capitalizing_lowers_the_rest(string text, string expected) =>
        Assert.Equal(expected, PythonText.Capitalize(text));

    [Fact]
    public void Python_json_escapes_what_is_not_ascii()
    {
        var json = new System.Text.StringBuilder();
        PythonText.AppendJson(json, "a\"\\\n\té😀\u007f");
        Assert.Equal(
            """
            "a\"\\\n\t\u00e9\ud83d\ude00\u007f"
            """,
            json.ToString()
        );
    }

    [Theory]
    [InlineData(
        "the car 's door @-@ handle , he said : \" now \" ( or never ) . \n",
        "the car's door-handle, he said: \"now\" (or never).\n"
    )]
    [InlineData(" = = = Life = = = \n", " === Life ===\n")]
    [InlineData("12 @,@ 000 @.@ 5 ° C N 6", "12,000.5°C 1 6")]
    public void Wikitext_reads_as_it_was_written(string tokens, string text) =>
        Assert.Equal(text, WikitextTask.Detokenize(tokens));

    [Fact]
    public void Csr7_is_the_plain_mean_of_its_seven()
    {
        // LLaMA 7B of arXiv:2406.16690, table 4
        double[] published = [57.46, 75.19, 64.39, 61.88, 67.55, 35.41, 35.00];
        var group = EvalGroup.All.First(g => g.Name == "csr7");
        Assert.Equal(
            56.70,
            group.Mean(p => (published[group.Parts.ToList().FindIndex(t => t.Task == p.Task)], 0.7)).Value,
            0.005
        );
        Assert.Equal(0.7 / Math.Sqrt(7), group.Mean(p => (0, 0.7)).Stderr!.Value, 1e-12);
        Assert.Equal(7, TaskList.Parse("csr7").Count);
    }

    [Fact]
    public void Scrolls_is_the_mean_of_thirteen_numbers_of_which_three_share_their_items()
    {
        var group = EvalGroup.All.First(g => g.Name == "scrolls");
        Assert.Equal(13, group.Numbers);
        Assert.Equal(9.0 / 13, group.Mean(p => (p.Metric == "rouge" ? 1 : 0, 0)).Value, 1e-12);
        // three numbers of one task's items vary together: their errors add, those of other tasks in squares
        Assert.Equal(Math.Sqrt(3 * 9 + 4) / 13, group.Mean(_ => (0, 1)).Stderr!.Value, 1e-12);
    }

    [Fact]
    public void Study_names_the_studys_tasks_and_means()
    {
        Assert.Equal(
            [
                "val_loss",
                "wikitext",
                "lambada_openai",
                "boolq",
                "piqa",
                "hellaswag",
                "winogrande",
                "arc_easy",
                "arc_challenge",
                "openbookqa",
                "needle_easy",
                "needle_standard",
            ],
            TaskList.Parse("study").Select(t => t.Name).Take(12)
        );
        Assert.Equal(12 + 7, TaskList.Parse("study,piqa").Count);
        Assert.Equal(["csr7", "scrolls"], TaskList.GroupsIn("study").Select(g => g.Name));
    }

    [Fact]
    public void Paired_differences_are_clustered_by_document()
    {
        // Differences 1, 1, 0, 0 with mean 0.5; documents {1, 1} and {0, 0}: cluster sums of residuals 1 and -1, so 2/1
        // * 2 under the root, over 4.
        var a = new Dictionary<string, double>
        {
            ["x1"] = 1,
            ["x2"] = 1,
            ["y1"] = 1,
            ["y2"] = 0,
        };
        var b = new Dictionary<string, double>
        {
            ["x1"] = 0,
            ["x2"] = 0,
            ["y1"] = 1,
            ["y2"] = 0,
        };
        var clustered = PairedComparison.Compare(a, b, id => id[..1]);
        Assert.Equal(
            (0.75, 0.25, 0.5, 4, 2),
            (clustered.A, clustered.B, clustered.Difference, clustered.Items, clustered.Documents)
        );
        Assert.Equal(Math.Sqrt(4) / 4, clustered.Stderr!.Value, 1e-12);
        // the plain standard error of four pairs: sqrt(1/3)/2
        Assert.Equal(Math.Sqrt(4.0 / 3) / 4, PairedComparison.Compare(a, b, id => id).Stderr!.Value, 1e-12);
        Assert.Equal(
            "--compare: the two models were scored on different items (4 and 1, 1 in common)",
            Assert
                .Throws<LinearScalingException>(() =>
                    PairedComparison.Compare(a, new Dictionary<string, double> { ["x1"] = 0 }, id => id)
                )
                .Message
        );
    }
}
