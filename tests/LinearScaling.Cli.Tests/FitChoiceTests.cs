using System.Globalization;
using LinearScaling.Cli;
using LinearScaling.Laws;

namespace LinearScaling.Tests.Cli;

/// <summary>What a parametric fit is told (loss, fixed coefficients), and how its report writes numbers.</summary>
public sealed class FitChoiceTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("lcs-fit-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public async Task A_fixed_coefficient_and_an_asymmetric_loss_are_recorded_everywhere()
    {
        var (exitCode, text, error) = await FitAsync(
            Surface(("a", 0)),
            "--loss",
            "asymmetric",
            "--overestimates",
            "5",
            "--delta",
            "1e-4",
            "--fix",
            "E=1.6",
            "--fix",
            "beta=0.3"
        );
        Assert.Equal((0, ""), (exitCode, error));
        var law = Law.Load(Path.Combine(root, "out", "law.json"));
        Assert.Equal(["E", "beta"], law.Fixed);
        Assert.Equal((1.6, 0.3), (law.Coefficients["E"], law.Coefficients["beta"]));
        Assert.Equal("Huber (delta 1e-4) of ln y, overestimates times 5, summed", law.Loss);
        Assert.Contains(
            "--loss asymmetric --overestimates 5 --delta 1e-4 --fix E=1.6",
            law.Command,
            StringComparison.Ordinal
        );
        Assert.Matches(@"(?m) E +1\.6 +fixed +- +- ", text);
        Assert.Contains("Fixed: E = 1.6, beta = 0.3.", await PageAsync(), StringComparison.Ordinal);
        // lcs plan spends a budget by it.
        Assert.True(law.Optimal(1e20).LossInterval!.Contains(law.LossAt(1e20)));
    }

    [Fact]
    public async Task Nothing_is_minus_plus_nought_and_no_probability_is_nought()
    {
        var (exitCode, text, error) = await FitAsync(
            Surface(("a", 0), ("b", 1.5)),
            "--columns",
            "N=n,D=d,L=loss,group=group"
        );
        Assert.Equal((0, ""), (exitCode, error));
        var page = await PageAsync();
        Assert.DoesNotMatch(@"[+-]0\.00%", text);
        Assert.DoesNotContain("-+", page, StringComparison.Ordinal);
        Assert.Contains("&lt; 1e-300", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_interval_without_an_end_is_written_as_its_other_end()
    {
        // Sizes so near each other that nothing bounds alpha above.
        var table = Path.Combine(root, "sizes.csv");
        File.WriteAllLines(
            table,
            [
                "n,d,loss",
                .. Enumerable
                    .Range(0, 40)
                    .Select(i =>
                        (N: 1e8 * (1 + 1e-3 * (i % 7)), D: Math.Pow(10, 8 + 0.075 * i), Error: Math.Sin(i * i))
                    )
                    .Select(p => (p.N, p.D, L: Loss(p.N, p.D) * (1 + 0.003 * p.Error)))
                    .Select(p => string.Create(CultureInfo.InvariantCulture, $"{p.N:R},{p.D:R},{p.L:R}")),
            ]
        );
        var (exitCode, text, _) = await FitAsync(table);
        Assert.Equal(0, exitCode);
        Assert.DoesNotContain("Infinity", text + await PageAsync(), StringComparison.Ordinal);
        Assert.Matches(@"(?m) alpha +.* (above|below) [0-9.e+-]+ |no bound", text);
    }

    [Theory]
    [InlineData("--fix E", "--fix E: expected NAME=NUMBER, as E=1.6")]
    [InlineData("--fix E=low", "--fix E=low: expected NAME=NUMBER, as E=1.6")]
    [InlineData("--fix E=1 --fix E=2", "--fix: E is given twice")]
    [InlineData("--fix alhpa=0.3", "--fix: unknown coefficient of chinchilla 'alhpa'; did you mean alpha?")]
    [InlineData("--loss hubber", "--loss: unknown loss 'hubber'; did you mean huber")]
    [InlineData("--loss squared --delta 1", "--delta: only --loss log-huber, huber and asymmetric bend")]
    [InlineData("--overestimates 10", "--overestimates: only --loss asymmetric weighs them")]
    public async Task Mistakes_are_answered_in_one_line(string options, string answer)
    {
        var (exitCode, _, error) = await FitAsync(Surface(("a", 0)), options.Split(' '));
        Assert.Equal(2, exitCode);
        Assert.StartsWith(answer, error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd().Split('\n'));
    }

    private async Task<string> PageAsync() =>
        await File.ReadAllTextAsync(Path.Combine(root, "out", "report.html"), TestContext.Current.CancellationToken);

    private async Task<(int ExitCode, string Output, string Error)> FitAsync(string table, params string[] more)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        string[] columns = more.Contains("--columns") ? [] : ["--columns", "N=n,D=d,L=loss"];
        var exitCode = await App.RunAsync(
            [
                "fit",
                "--table",
                table,
                "--law",
                "chinchilla",
                "--starts",
                "40",
                "--draws",
                "40",
                "--output",
                Path.Combine(root, "out"),
                .. columns,
                .. more,
            ],
            output,
            error,
            TestContext.Current.CancellationToken
        );
        return (exitCode, output.ToString(), error.ToString());
    }

    /// <summary>Hoffmann's surface with a scattered error of 1e-6, on six sizes and six lengths, for each group raised
    /// by so much.</summary>
    private string Surface(params (string Group, double Above)[] groups)
    {
        var path = Path.Combine(root, "surface.csv");
        var rows =
            from g in groups
            from i in Enumerable.Range(0, 6)
            from j in Enumerable.Range(0, 6)
            let n = Math.Pow(10, 7 + 0.5 * i)
            let d = Math.Pow(10, 8.5 + 0.5 * j)
            let loss = g.Above + Loss(n, d)
            select string.Create(
                CultureInfo.InvariantCulture,
                $"{g.Group},{n:R},{d:R},{loss * (1 + 1e-6 * Math.Sin(97 * i * i + 31 * j)):R}"
            );
        File.WriteAllLines(path, ["group,n,d,loss", .. rows]);
        return path;
    }

    private static double Loss(double n, double d) => 1.69 + 406.4 / Math.Pow(n, 0.34) + 410.7 / Math.Pow(d, 0.28);
}
