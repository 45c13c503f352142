using System.Globalization;
using LinearScaling.Cli;
using LinearScaling.Laws;

namespace LinearScaling.Tests.Cli;

public sealed class FitTableTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("lcs-fit-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public async Task A_table_of_a_known_surface_ends_in_its_law_with_plots_and_a_page()
    {
        var table = Surface();
        var output = Path.Combine(root, "out");
        var (exitCode, text, error) = await RunAsync(
            "fit",
            "--table",
            table,
            "--columns",
            "N=model size,C=flops,L=loss",
            "--convention",
            "6nd",
            "--law",
            "chinchilla",
            "--drop-worst",
            "1",
            "--overlay",
            "hoffmann2022",
            "--starts",
            "40",
            "--draws",
            "60",
            "--output",
            output
        );

        Assert.Equal((0, ""), (exitCode, error));
        Assert.Contains(
            "left out: 1 points of table: the 1 highest values of the metric",
            text,
            StringComparison.Ordinal
        );
        var law = Law.Load(Path.Combine(output, "law.json"));
        Assert.Equal(
            ("surface", "chinchilla", "parametric", "column flops; D = C/6N", "N, D"),
            (law.Name, law.Form, law.Method, law.Convention, law.Variable)
        );
        Assert.Equal(1.69, law.Coefficients["E"], 1e-2);
        Assert.Equal(0.34, law.Coefficients["alpha"], 1e-2);
        Assert.Equal(1.0, law.ExponentSum!.Value, 1e-6);
        Assert.True(law.Certificate!.Agreeing == law.Certificate.Polished);
        foreach (var name in new[] { "loss", "n_opt", "d_opt", "residuals", "contour", "profile", "isoflop" })
            Assert.True(File.Exists(Path.Combine(output, name + ".svg")), name);
        var page = await File.ReadAllTextAsync(
            Path.Combine(output, "report.html"),
            TestContext.Current.CancellationToken
        );
        Assert.Contains("lcs fit --table", page, StringComparison.Ordinal);
        Assert.DoesNotContain(
            "http",
            page.Replace("http://www.w3.org/2000/svg", "", StringComparison.Ordinal),
            StringComparison.Ordinal
        );
        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_fonts_pictures_without_text_are_left_out_with_a_message()
    {
        const string hideFonts = "unshare -rm bash -c 'mount -t tmpfs none /usr/share/fonts' 2>/dev/null";
        using (var trial = System.Diagnostics.Process.Start("/bin/bash", ["-c", hideFonts]))
        {
            trial.WaitForExit();
            Assert.SkipUnless(
                trial.ExitCode == 0,
                "fonts cannot be hidden here: no user namespaces, or no /usr/share/fonts"
            );
        }
        var output = Path.Combine(root, "out");
        var table = Path.Combine(root, "curve.csv");
        File.WriteAllLines(table, ["C,L", "1e18,3.2", "1e19,2.9", "1e20,2.6", "1e21,2.4", "1e22,2.2"]);
        using var lcs = LcsProcess.StartBelow(
            "unshare -rm bash -c 'mount -t tmpfs none /usr/share/fonts; exec \"$@\"' bash \"$@\"",
            "fit",
            "--table",
            table,
            "--columns",
            "C=C,L=L",
            "--law",
            "power_law",
            "--output",
            output
        );
        Assert.True(lcs.WaitForExit() == 0, lcs.Error);
        Assert.Contains(
            "no font is installed, so PNG plots would have no text and are left out",
            lcs.Error,
            StringComparison.Ordinal
        );
        Assert.True(File.Exists(Path.Combine(output, "report.html")));
        Assert.Empty(Directory.GetFiles(output, "*.png"));
    }

    [Fact]
    public async Task A_saved_law_is_read_back_and_spends_a_budget_with_intervals()
    {
        var output = Path.Combine(root, "out");
        await RunAsync(
            "fit",
            "--table",
            Surface(),
            "--columns",
            "N=model size,C=flops,L=loss",
            "--starts",
            "40",
            "--draws",
            "60",
            "--output",
            output
        );
        var optimum = Law.Load(Path.Combine(output, "law.json")).Optimal(1e20);
        // Hoffmann's surface: 6.4485751e8 parameters on 2.5845503e10 tokens for a loss of 2.59985.
        Assert.InRange(optimum.N / 6.4485751e8, 0.95, 1.05);
        Assert.InRange(optimum.D / 2.5845503e10, 0.95, 1.05);
        Assert.InRange(optimum.Loss, 2.595, 2.605);
        Assert.True(optimum.NInterval!.Contains(optimum.N) && optimum.LossInterval!.Contains(optimum.Loss));
    }

    [Fact]
    public async Task A_sigmoid_of_a_score_against_compute_is_fitted_and_plotted()
    {
        var table = Path.Combine(root, "scores.csv");
        File.WriteAllLines(
            table,
            [
                "flops,acc",
                .. Enumerable
                    .Range(0, 30)
                    .Select(i => Math.Pow(10, 15 + 0.3 * i))
                    .Select(c =>
                        string.Create(
                            CultureInfo.InvariantCulture,
                            $"{c:R},{0.25 + 0.6 / (1 + Math.Exp(-0.5 * (Math.Log(c) - 44)))}"
                        )
                    ),
            ]
        );
        var (exitCode, _, error) = await RunAsync(
            "fit",
            "--table",
            table,
            "--columns",
            "C=flops,L=acc",
            "--law",
            "sigmoid",
            "--starts",
            "40",
            "--draws",
            "30",
            "--output",
            Path.Combine(root, "out")
        );
        Assert.Equal((0, ""), (exitCode, error));
        var law = Law.Load(Path.Combine(root, "out", "law.json"));
        Assert.Equal(0.25, law.Coefficients["low"], 1e-4);
        Assert.Equal(44, law.Coefficients["middle"], 1e-3);
        Assert.True(File.Exists(Path.Combine(root, "out", "metric.svg")));
        var e = Assert.Throws<LinearScalingException>(() => law.Optimal(1e20));
        Assert.Equal(
            "law 'scores' (sigmoid of C) says nothing about compute-optimal N and D; fit one with --law chinchilla, "
                + "or runs of several sizes",
            e.Message
        );
    }

    [Theory]
    [InlineData("--law", "chinchila", "unknown law form 'chinchila'; did you mean chinchilla")]
    [InlineData("--overlay", "shen2023", "unknown published law 'shen2023'; did you mean shen2024")]
    [InlineData("--loss", "hubber", "--loss: unknown loss 'hubber'; ")]
    [InlineData("--where", "loss~3", "--where loss~3: expected COLUMN, one of = != < <= > >=, and a value")]
    public async Task Mistakes_are_answered_in_one_line(string option, string value, string answer)
    {
        var (exitCode, _, error) = await RunAsync(
            "fit",
            "--table",
            Surface(),
            "--columns",
            "N=model size,C=flops,L=loss",
            option,
            value
        );
        Assert.Equal(2, exitCode);
        Assert.Contains(answer, error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd().Split('\n'));
    }

    /// <summary>Hoffmann's surface with a scattered error of 0.01 %, on five budgets of seven sizes.</summary>
    private string Surface()
    {
        var path = Path.Combine(root, "surface.csv");
        var rows =
            from budget in Enumerable.Range(0, 5)
            from size in Enumerable.Range(0, 7)
            let c = Math.Pow(10, 18 + budget * 0.75)
            let n = Math.Sqrt(c / 130) * Math.Pow(10, 0.25 * (size - 3))
            let loss = 1.69 + 406.4 / Math.Pow(n, 0.34) + 410.7 / Math.Pow(c / (6 * n), 0.28)
            select string.Create(
                CultureInfo.InvariantCulture,
                $"{n:R},{c:R},{loss * (1 + 1e-4 * Math.Sin(97 * budget + 31 * size)):R}"
            );
        File.WriteAllLines(path, ["model size,flops,loss", .. rows]);
        return path;
    }

    private static async Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var exitCode = await App.RunAsync(args, output, error, TestContext.Current.CancellationToken);
        return (exitCode, output.ToString(), error.ToString());
    }
}
