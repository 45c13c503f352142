using System.Globalization;
using LinearScaling.Cli;
using LinearScaling.Laws;

namespace LinearScaling.Tests.Cli;

/// <summary><c>lcs fit --approach</c>.</summary>
public sealed class FitApproachTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("lcs-approach-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public async Task Approach_2_of_a_table_has_laws_intervals_profiles_and_a_page()
    {
        var (exitCode, text, error) = await FitAsync("--approach", "2");
        Assert.Equal((0, ""), (exitCode, error));
        var law = Law.Load(Path.Combine(root, "out", "law.json"));
        Assert.Equal(("surface", "power_law", "isoflop", "C"), (law.Name, law.Form, law.Method, law.Variable));
        Assert.Equal(.28 / .62, law.NOpt!.Exponent, 2e-3);
        Assert.Equal(.34 / .62, law.DOpt!.Exponent, 2e-3);
        Assert.True(law.NOpt.ExponentInterval!.Contains(law.NOpt.Exponent));
        Assert.InRange(law.Optimal(1e20).N / 6.4485751e8, 0.9, 1.15);
        Assert.Contains("C / (N_opt D_opt)", text, StringComparison.Ordinal);
        foreach (var name in new[] { "isoflop", "n_opt", "d_opt", "loss" })
            Assert.True(File.Exists(Path.Combine(root, "out", name + ".svg")), name);
    }

    [Fact]
    public async Task Several_approaches_stand_in_one_report_with_their_differences()
    {
        var (exitCode, text, error) = await FitAsync("--approach", "all", "--starts", "30", "--draws", "40");
        Assert.Equal((0, ""), (exitCode, error));
        Assert.Contains("a of N_opt", text, StringComparison.Ordinal);
        Assert.Contains("D_opt at ", text, StringComparison.Ordinal);
        Assert.Contains(
            "approach 1 is left out: " + Path.Combine(root, "surface.csv") + ": approach 1 needs whole curves",
            text,
            StringComparison.Ordinal
        );
        var (second, third) = (
            Law.Load(Path.Combine(root, "out", "isoflop", "surface", "law.json")),
            Law.Load(Path.Combine(root, "out", "parametric", "surface", "law.json"))
        );
        Assert.Equal(second.NOpt!.Exponent, third.NOpt!.Exponent, 5e-3);
        var page = await File.ReadAllTextAsync(
            Path.Combine(root, "out", "report.html"),
            TestContext.Current.CancellationToken
        );
        foreach (
            var heading in new[]
            {
                "Where the approaches disagree",
                "Approach 2: What parabolas get wrong over these budgets",
                "Approach 3: Coefficients",
            }
        )
            Assert.Contains($"<h2>{heading}</h2>", page, StringComparison.Ordinal);
        foreach (var figure in new[] { "approaches", "isoflop/n_opt", "parametric/n_opt" })
            Assert.True(File.Exists(Path.Combine(root, "out", figure + ".svg")), figure);
        Assert.Single(Directory.GetFiles(Path.Combine(root, "out"), "isoflop.svg", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Whole_curves_in_a_table_have_all_three_approaches()
    {
        var path = Path.Combine(root, "curves.csv");
        var rows =
            from budget in Enumerable.Range(0, 5)
            from size in Enumerable.Range(0, 7)
            from checkpoint in Enumerable.Range(0, 12)
            let c = Math.Pow(10, 18 + budget * 0.75)
            let n = Math.Sqrt(c / 130) * Math.Pow(10, 0.15 * (size - 3))
            let d = c / (6 * n) * Math.Pow(10, (checkpoint - 11) / 6.0)
            let loss = 1.69 + 406.4 / Math.Pow(n, 0.34) + 410.7 / Math.Pow(d, 0.28)
            select string.Create(
                CultureInfo.InvariantCulture,
                $"{budget}-{size},{n:R},{d:R},{loss * (1 + 1e-4 * Math.Sin(97 * budget + 31 * size)):R},{c:R}"
            );
        await File.WriteAllLinesAsync(path, ["run,n,d,loss,c", .. rows], TestContext.Current.CancellationToken);
        var (exitCode, text, error) = await RunAsync(
            "fit",
            "--table",
            path,
            "--columns",
            "run=run,N=n,D=d,L=loss",
            "--approach",
            "1,2,3",
            "--starts",
            "30",
            "--draws",
            "40",
            "--output",
            Path.Combine(root, "out")
        );
        Assert.Equal((0, ""), (exitCode, error));
        Assert.DoesNotContain("is left out:", text, StringComparison.Ordinal);
        Assert.Contains(
            "left out: 385 points of curves: approach 2 takes the last row of a run",
            text,
            StringComparison.Ordinal
        );
        foreach (var method in new[] { "envelope", "isoflop", "parametric" })
            Assert.InRange(
                Law.Load(Path.Combine(root, "out", method, "curves", "law.json")).NOpt!.Exponent,
                .28 / .62 - 0.06,
                .28 / .62 + 0.06
            );
    }

    [Fact]
    public async Task A_column_names_the_budgets()
    {
        var (exitCode, text, error) = await FitAsync("--approach", "2", "--columns", "N=n,D=d,L=loss,budget=c");
        Assert.Equal((0, ""), (exitCode, error));
        Assert.Matches("surface +1e[+]18 ", text); // of those without a name it would be their mean, 1.001e+18
    }

    [Theory]
    [InlineData("--approach: expected some of 1, 2, 3, or all, got '4'", "--approach", "2,4")]
    [InlineData(
        "approach 1 needs whole curves: several rows of each run, named in --columns run=COLUMN",
        "--approach",
        "1"
    )]
    [InlineData("--approach and --law kaplan: ", "--approach", "2", "--law", "kaplan")]
    [InlineData("--approach and --law power_law: ", "--approach", "3", "--law", "power_law")]
    public async Task Mistakes_are_answered_in_one_line(string answer, params string[] options)
    {
        var (exitCode, _, error) = await FitAsync(options);
        Assert.Equal(2, exitCode);
        Assert.Contains(answer, error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd().Split('\n'));
    }

    /// <summary>Hoffmann's surface with a scattered error of 0.01 %, on five budgets of seven sizes that miss their
    /// budget by up to 4 %.</summary>
    private async Task<(int ExitCode, string Output, string Error)> FitAsync(params string[] options)
    {
        var path = Path.Combine(root, "surface.csv");
        var rows =
            from budget in Enumerable.Range(0, 5)
            from size in Enumerable.Range(0, 7)
            let c = Math.Pow(10, 18 + budget * 0.75)
            let n = Math.Sqrt(c / 130) * Math.Pow(10, 0.15 * (size - 3))
            let d = c / (6 * n) * (1 + 0.04 * Math.Cos(57 * budget + 11 * size))
            let loss = 1.69 + 406.4 / Math.Pow(n, 0.34) + 410.7 / Math.Pow(d, 0.28)
            select string.Create(
                CultureInfo.InvariantCulture,
                $"{n:R},{d:R},{loss * (1 + 1e-4 * Math.Sin(97 * budget + 31 * size)):R},{c:R}"
            );
        await File.WriteAllLinesAsync(path, ["n,d,loss,c", .. rows], TestContext.Current.CancellationToken);
        string[] columns = options.Contains("--columns") ? [] : ["--columns", "N=n,D=d,L=loss"];
        return await RunAsync(["fit", "--table", path, "--output", Path.Combine(root, "out"), .. columns, .. options]);
    }

    private static async Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var exitCode = await App.RunAsync(args, output, error, TestContext.Current.CancellationToken);
        return (exitCode, output.ToString(), error.ToString());
    }
}
