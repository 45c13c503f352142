using LinearScaling.Evaluation;
using LinearScaling.Evaluation.Requests;
using LinearScaling.Evaluation.Tasks;
using LinearScaling.Text;

namespace LinearScaling.Tests.Evaluation;

public sealed class NeedleTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("lcs-needle-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void The_grid_is_the_studys()
    {
        var task = new NeedleEasyTask();
        Assert.Equal([1000, 1441, 1882], task.Lengths.Take(3));
        Assert.Equal([15559, 16000], task.Lengths.Skip(33));
        Assert.Equal([0, 3, 6, 9], task.Depths.Take(4));
        Assert.Equal((35, 100), (task.Depths.Count, task.Depths[^1]));
    }

    [Fact]
    public void The_needle_stands_at_the_end_of_a_sentence_and_the_context_has_its_length()
    {
        File.WriteAllText(
            Path.Combine(folder, "haystack.txt"),
            string.Concat(Enumerable.Repeat("All grass is green. ", 40))
        );
        var task = new NeedleStandardTask
        {
            NumLengths = 2,
            MinLength = 120,
            MaxLength = 200,
            NumDepths = 3,
            Needle = "The key is 7.",
            Query = "The key is",
            Answer = "7.",
        };
        var items = task.Items(
            new(new EvalOptions { TaskData = folder }) { Tokenizer = new ByteTokenizer(), SeqLen = 64 }
        );
        var texts = items.Select(i => new ByteTokenizer().Decode(((SequenceRequest)i.Requests[0]).Tokens)).ToList();
        Assert.Equal(["120/0", "120/50", "120/100", "200/0", "200/50", "200/100"], items.Select(i => i.Id));
        Assert.Equal([120, 120, 120, 200, 200, 200], texts.Select(t => t.Length));
        Assert.StartsWith(" The key is 7.All grass", texts[0], StringComparison.Ordinal);
        Assert.Contains("green. The key is 7. All grass", texts[1], StringComparison.Ordinal);
        Assert.EndsWith("The key is 7.\n\nThe key is 7.", texts[2], StringComparison.Ordinal);
        Assert.All(items, i => Assert.Equal(" 7.".Length, ((SequenceRequest)i.Requests[0]).Scored));
    }

    [Fact]
    public void A_haystack_that_is_too_short_is_named()
    {
        File.WriteAllText(Path.Combine(folder, "haystack.txt"), "Short.");
        var error = Assert.Throws<LinearScalingException>(() =>
            new NeedleEasyTask().Items(
                new(new EvalOptions { TaskData = folder }) { Tokenizer = new ByteTokenizer(), SeqLen = 64 }
            )
        );
        Assert.Equal("needle_easy.haystack: 7 tokens of text for contexts of 713; name a longer one", error.Message);
    }

    [Fact]
    public void Averages_weigh_depth_and_length()
    {
        // Columns (by depth): 1, 0 and 1, 1. With depth weight 3: 1/4 and 1; with length weight 2: (1/4 + 2) / 3.
        var grid = new NeedleGrid([1000, 2000], [0, 100], [1, 0, 1, 1]);
        Assert.Equal(0.75, grid.Average);
        Assert.Equal(0.5, grid.Column(0));
        Assert.Equal((0.25 + 2) / 3, grid.WeightedAverage(3, 2), 1e-12);
        Assert.Equal(1, grid.Nearest(1600));
        // The first column has two runs, so p = 2^(-1/2); the second is all found.
        Assert.Equal((Math.Pow(2, -0.5) * 0.25 + 2) / 3, grid.NiahScore(0.5, 3, 2), 1e-12);
    }

    [Theory]
    [InlineData("0000", 0)]
    [InlineData("1111", 1)]
    [InlineData("0011", 0.7071067811865476)]
    [InlineData("0101", 0.3535533905932738)]
    public void A_columns_constancy_counts_its_runs(string outcomes, double expected) =>
        Assert.Equal(
            expected,
            new NeedleGrid([1], [0, 1, 2, 3], [.. outcomes.Select(c => c - '0' + 0.0)]).Constancy(0, 0.5),
            1e-12
        );
}
