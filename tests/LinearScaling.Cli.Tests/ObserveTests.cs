using System.Globalization;
using System.Text.Json;
using LinearScaling.Cli;

namespace LinearScaling.Tests.Cli;

public sealed class ObserveTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("lcs-observe-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public async Task A_table_of_scores_ends_in_a_law_a_page_and_predictions()
    {
        var output = Path.Combine(root, "out");
        var (exitCode, text, error) = await ObserveAsync("--target", "t", "--cutoff", "2e22", "--output", output);
        Assert.Equal((0, ""), (exitCode, error));
        Assert.Contains("3 components", text, StringComparison.Ordinal);
        Assert.Contains(
            "left out: 1 points of table: no score in any of the benchmarks",
            text,
            StringComparison.Ordinal
        );
        foreach (var name in new[] { "families.svg", "target.svg", "residuals.svg", "equivalents.svg" })
            Assert.True(File.Exists(Path.Combine(output, name)), name);
        var page = await File.ReadAllTextAsync(
            Path.Combine(output, "report.html"),
            TestContext.Current.CancellationToken
        );
        Assert.Contains("lcs observe --table", page, StringComparison.Ordinal);
        Assert.Contains("Held-out models", page, StringComparison.Ordinal);

        using var law = JsonDocument.Parse(
            await File.ReadAllTextAsync(
                Path.Combine(output, "observational.json"),
                TestContext.Current.CancellationToken
            )
        );
        var json = law.RootElement;
        Assert.Equal(["a", "b", "c", "d"], json.GetProperty("benchmarks").EnumerateArray().Select(b => b.GetString()!));
        Assert.True(json.GetProperty("components")[0].GetProperty("explained").GetDouble() > 0.9);
        Assert.Equal(9, json.GetProperty("lines").GetArrayLength());
        Assert.Equal(0.15, json.GetProperty("lines")[0].GetProperty("slope").GetDouble(), 0.03);
        Assert.Equal("t", json.GetProperty("target").GetProperty("name").GetString());
        Assert.True(json.GetProperty("hold_out").GetProperty("errors")[3].GetProperty("absolute").GetDouble() < 0.05);
    }

    [Fact]
    public async Task Json_is_the_saved_law()
    {
        var output = Path.Combine(root, "out");
        var (exitCode, text, error) = await ObserveAsync("--json", "--output", output);
        Assert.Equal((0, ""), (exitCode, error));
        Assert.Equal(
            await File.ReadAllTextAsync(
                Path.Combine(output, "observational.json"),
                TestContext.Current.CancellationToken
            ),
            text.ReplaceLineEndings("\n")
        );
        Assert.False(File.Exists(Path.Combine(output, "target.svg")));
    }

    [Theory]
    [InlineData("--cutoff, --since and --hold-out: say which models a metric is predicted for", "--cutoff", "1e22")]
    [InlineData("--since: needs date=COLUMN in --columns", "--target", "t", "--since", "2024-01-01")]
    [InlineData("--since: expected a date as 2024-05-31, got 'May'", "--target", "t", "--since", "May")]
    [InlineData("--reference: unknown family 'f77'; did you mean f7", "--reference", "f77")]
    [InlineData("--chance: expected a share from 0 up to, but not, 1, got '25'", "--target", "t", "--chance", "25")]
    [InlineData("--chance: is of a metric that is predicted; name it with --target", "--chance", "0.2")]
    [InlineData("unknown column 'u'", "--target", "u")]
    [InlineData("leaves 0 models with the target to fit", "--target", "t", "--cutoff", "1e3")]
    public async Task Mistakes_end_with_what_to_do(string expected, params string[] args)
    {
        var (exitCode, _, error) = await ObserveAsync([.. args, "--output", Path.Combine(root, "out")]);
        Assert.Equal(2, exitCode);
        Assert.Contains(expected, error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(root, "out")));
    }

    /// <summary>Beside a target and without one.</summary>
    [Theory]
    [InlineData("--target", "t")]
    [InlineData]
    public async Task Every_option_changes_the_law_or_is_refused_by_name(params string[] target)
    {
        Dictionary<string, string> values = new()
        {
            ["--target"] = "t",
            ["--where"] = "a<0.6",
            ["--chance"] = "0.01",
            ["--cutoff"] = "2e22",
            ["--since"] = "2024-01-01",
            ["--hold-out"] = "m3-2",
            ["--reference"] = "f4",
            ["--resample"] = "models",
        };
        async Task<string> Law(params string[] option)
        {
            string[] written = ["--json", "--output", Path.Combine(root, "out")];
            var (exitCode, text, error) = await ObserveAsync([.. target, .. option, .. written]);
            Assert.True(exitCode == 0 || error.Contains(option[0], StringComparison.Ordinal), error);
            return exitCode == 0
                ? string.Join('\n', text.Split('\n').Where(l => !l.Contains("\"command\"", StringComparison.Ordinal)))
                : "refused";
        }
        var before = await Law();
        string[] others = ["--table", "--columns", "--benchmarks", "--draws", "--output", "--json", "--help"];
        foreach (
            var option in App.Root()
                .Subcommands.Single(c => c.Name == "observe")
                .Options.Select(o => o.Name)
                .Except([.. others, .. target])
        )
            Assert.NotEqual(before, await Law(option, values[option]));
    }

    private Task<(int ExitCode, string Output, string Error)> ObserveAsync(params string[] args) =>
        Lcs.RunAsync([
            "observe",
            "--table",
            Table(),
            "--columns",
            "model=name,family=recipe,C=FLOPs (1E21)*1e21",
            "--benchmarks",
            "a,b,c,d/100",
            "--draws",
            "30",
            .. args,
        ]);

    /// <summary>Nine families of four sizes on lines of one slope, with gaps and a row without scores.</summary>
    private string Table()
    {
        var path = Path.Combine(root, "scores.csv");
        var lines = new List<string> { "name,recipe,FLOPs (1E21),a,b,c,d,t" };
        var random = new Random(5);
        for (var family = 0; family < 9; family++)
        for (var size = 0; size < 4; size++)
        {
            var x = -1.5 + size + 0.02 * family;
            double Noise() => 0.005 * (random.NextDouble() + random.NextDouble() - 1);
            var ability = 0.15 * x + 0.01 * family + Noise();
            var cells = new[] { 0.4 + 0.5 * ability, 0.5 + 0.5 * ability, 0.3 + 0.5 * ability, 40 + 50 * ability };
            var target = 1 / (1 + Math.Exp(-(10 * ability - 1)));
            lines.Add(
                string.Join(
                    ',',
                    [
                        $"m{family}-{size}",
                        $"f{family}",
                        Text(Math.Pow(10, x + 1)),
                        .. cells.Select((v, j) => (family + j) % 7 == 0 ? "" : Text(v + Noise())),
                        Text(target + Noise()),
                    ]
                )
            );
        }
        File.WriteAllLines(path, [.. lines, "empty,f1,3,,,,,0.5"]);
        return path;
    }

    private static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
