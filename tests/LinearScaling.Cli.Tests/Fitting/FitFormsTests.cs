using System.Globalization;
using LinearScaling.Laws;

namespace LinearScaling.Tests.Cli.Fitting;

/// <summary><c>lcs fit --law chinchilla,kaplan,gadre</c>.</summary>
public sealed class FitFormsTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("lcs-fit-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public async Task Forms_are_compared_first_and_each_keeps_its_law_and_plots()
    {
        var output = Path.Combine(root, "out");
        var (exitCode, text, error) = await Fit("chinchilla,kaplan,gadre", "--output", output);
        Assert.Equal(
            (0, "all forms minimise one loss: Huber (delta 1e-3) of ln y, summed; choose another with --loss\n"),
            (exitCode, error)
        );
        var lines = text.Split('\n');
        string[] Words(int line) => lines[line].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["law", "form", "parameters", "points"], Words(0)[..4]);
        Assert.Equal(["table", "chinchilla", "5", "35"], Words(2)[..4]);
        Assert.Equal(["kaplan", "gadre"], [Words(3)[1], Words(4)[1]]);
        // The data are Chinchilla's: its criteria are the least, and one exponent for both is refuted.
        Assert.Equal("0.00", Words(2)[8]);
        Assert.Equal(["table", "gadre", "chinchilla", "1"], Words(8)[..4]);
        Assert.True(double.Parse(Words(8)[5], CultureInfo.InvariantCulture) < 1e-3);
        foreach (var (form, coefficients) in new[] { ("chinchilla", 5), ("kaplan", 4), ("gadre", 4) })
        {
            var law = Law.Load(Path.Combine(output, form, "law.json"));
            Assert.Equal((form, coefficients), (law.Form, law.Coefficients.Count));
            Assert.Equal("Huber (delta 1e-3) of ln y, summed", law.Loss);
            foreach (var plot in new[] { "loss", "n_opt", "d_opt", "residuals", "contour" })
                Assert.True(File.Exists(Path.Combine(output, form, plot + ".svg")), $"{form}/{plot}");
        }
        Assert.True(File.Exists(Path.Combine(output, "rolling.svg")));
        var page = await File.ReadAllTextAsync(
            Path.Combine(output, "report.html"),
            TestContext.Current.CancellationToken
        );
        var headings = page.Split("<h2>").Skip(1).Select(p => p.Split("</h2>")[0]).ToList();
        Assert.Equal(
            ["Forms compared", "Special cases", "chinchilla: Coefficients"],
            headings.Where(h => h != "Not to be trusted").Take(3)
        );
        foreach (var line in lines.Where(l => l.StartsWith(output, StringComparison.Ordinal)))
            Assert.True(File.Exists(line), line);
    }

    [Fact]
    public async Task One_form_alone_has_its_rolling_hold_out_in_the_report()
    {
        var output = Path.Combine(root, "out");
        Assert.Equal(0, (await Fit("chinchilla", "--output", output)).ExitCode);
        Assert.True(File.Exists(Path.Combine(output, "law.json")));
        Assert.True(File.Exists(Path.Combine(output, "rolling.svg")));
        Assert.Contains(
            "<h2>Rolling hold-out</h2>",
            await File.ReadAllTextAsync(Path.Combine(output, "report.html"), TestContext.Current.CancellationToken),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_loss_that_is_named_is_that_of_all()
    {
        var output = Path.Combine(root, "out");
        var (exitCode, _, error) = await Fit("chinchilla,gadre", "--output", output, "--loss", "squared");
        Assert.Equal((0, ""), (exitCode, error));
        foreach (var form in new[] { "chinchilla", "gadre" })
            Assert.Equal("squared residuals of y, summed", Law.Load(Path.Combine(output, form, "law.json")).Loss);
    }

    [Theory]
    [InlineData("chinchilla,chinchila", "unknown law form 'chinchila'; did you mean chinchilla")]
    [InlineData("kaplan,kaplan", "--law: kaplan is named twice")]
    [InlineData(",", "--law ',': names no form")]
    [InlineData(
        "data_constrained,additive",
        "--law: data_constrained reads the columns unique, additive N, D; compare forms of the same columns"
    )]
    public async Task Mistakes_are_answered_in_one_line(string forms, string answer)
    {
        var (exitCode, _, error) = await Fit(forms);
        Assert.Equal(2, exitCode);
        Assert.StartsWith(answer, error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd().Split('\n'));
    }

    private Task<(int ExitCode, string Output, string Error)> Fit(string forms, params string[] more) =>
        Lcs.RunAsync([
            "fit",
            "--table",
            Table(),
            "--columns",
            "N=n,D=d,L=loss",
            "--law",
            forms,
            "--starts",
            "40",
            "--draws",
            "40",
            .. more,
        ]);

    /// <summary>Hoffmann's surface with a scattered error of 0.1 %, on five budgets of seven sizes.</summary>
    private string Table()
    {
        var path = Path.Combine(root, "table.csv");
        var rows =
            from budget in Enumerable.Range(0, 5)
            from size in Enumerable.Range(0, 7)
            let c = Math.Pow(10, 18 + budget * 0.75)
            let n = Math.Sqrt(c / 130) * Math.Pow(10, 0.25 * (size - 3))
            let d = c / (6 * n)
            let loss = 1.69 + 406.4 / Math.Pow(n, 0.34) + 410.7 / Math.Pow(d, 0.28)
            select string.Create(
                CultureInfo.InvariantCulture,
                $"{n:R},{d:R},{loss * (1 + 1e-3 * Math.Sin(97 * budget + 31 * size)):R}"
            );
        File.WriteAllLines(path, ["n,d,loss", .. rows]);
        return path;
    }
}
