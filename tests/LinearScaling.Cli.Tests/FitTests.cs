using System.Text.Json;
using LinearScaling.Cli;
using LinearScaling.Laws;
using LinearScaling.Runs;

namespace LinearScaling.Tests.Cli;

public sealed class FitTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("lcs-fit-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public async Task A_study_of_two_architectures_ends_in_a_table_laws_plots_and_one_page()
    {
        WriteStudy("tnl", 1.7);
        WriteStudy("llama", 1.8);
        var (exitCode, output, _) = await RunAsync("fit", "--metric", "val_loss", "--runs", root);

        Assert.Equal(0, exitCode);
        Assert.Contains("alpha of L", output, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', output);
        var fits = Path.Combine(root, "fits", "val_loss");
        var law = Law.Load(Path.Combine(fits, "tnl", "law.json"));
        Assert.Equal(
            ("tnl", "power_law", "envelope", "val_loss", "paper"),
            (law.Name, law.Form, law.Method, law.Metric, law.Convention)
        );
        Assert.InRange(law.Coefficients["exponent"], -0.2, -0.03);
        Assert.InRange(law.NOpt!.Exponent, 0.3, 0.7);
        foreach (var name in new[] { "loss", "n_opt", "d_opt", "residuals" })
            Assert.Contains(
                "</svg>",
                await File.ReadAllTextAsync(Path.Combine(fits, name + ".svg"), TestContext.Current.CancellationToken),
                StringComparison.Ordinal
            );
        var page = await File.ReadAllTextAsync(
            Path.Combine(fits, "report.html"),
            TestContext.Current.CancellationToken
        );
        Assert.Equal(4, page.Split("<svg").Length - 1);
        Assert.DoesNotContain(
            "http",
            page.Replace("http://www.w3.org/2000/svg", "", StringComparison.Ordinal),
            StringComparison.Ordinal
        );
        foreach (
            var line in output
                .Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Where(l => l.StartsWith(root, StringComparison.Ordinal))
        )
            Assert.True(File.Exists(line), line);
    }

    [Fact]
    public async Task Where_the_paper_counts_no_flops_compute_is_exact_and_fit_says_so()
    {
        WriteStudy("tnl", 1.7);
        WriteStudy("mean", 1.8, inPaper: false);
        var (exitCode, _, error) = await RunAsync("fit", "--runs", root);
        const string note =
            "C counts as exact: the paper has no formula for the FLOPs of mean; choose another count with --convention";
        Assert.Equal((0, note + "\n"), (exitCode, error));
        var fits = Path.Combine(root, "fits", "val_loss");
        foreach (var architecture in new[] { "tnl", "mean" })
            Assert.Equal("exact", Law.Load(Path.Combine(fits, architecture, "law.json")).Convention);
        Assert.Contains(
            $"<p>{note}</p>",
            await File.ReadAllTextAsync(Path.Combine(fits, "report.html"), TestContext.Current.CancellationToken),
            StringComparison.Ordinal
        );

        (exitCode, _, error) = await RunAsync("fit", "--runs", root, "--convention", "paper");
        Assert.Equal(2, exitCode);
        Assert.EndsWith("unknown convention 'paper'; one of: exact, 6nd\n", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Json_alone_goes_to_stdout_when_asked_for()
    {
        WriteStudy("tnl", 1.7);
        var (exitCode, output, _) = await RunAsync(
            "fit",
            "--metric",
            "train_loss",
            "--runs",
            root,
            "--output",
            Path.Combine(root, "out"),
            "--json"
        );
        Assert.Equal(0, exitCode);
        Assert.Equal("tnl", JsonDocument.Parse(output).RootElement[0].GetProperty("name").GetString());
    }

    [Fact]
    public async Task What_burn_in_removes_is_listed()
    {
        WriteStudy("tnl", 1.7);
        var (_, output, _) = await RunAsync("fit", "--runs", root, "--burn-in", "0.5");
        Assert.Contains(
            "left out: 68 points of run tnl-0, run tnl-1, run tnl-2, run tnl-3: burn-in: the first 50% of the run's "
                + "tokens",
            output,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_surface_over_every_checkpoint_is_fitted_when_asked_for()
    {
        WriteStudy("tnl", 1.7);
        var (exitCode, output, _) = await RunAsync(
            "fit",
            "--runs",
            root,
            "--law",
            "chinchilla",
            "--starts",
            "40",
            "--draws",
            "30",
            "--overlay",
            "shen2024"
        );
        Assert.Equal(0, exitCode);
        Assert.Contains("alpha", output, StringComparison.Ordinal);
        var law = Law.Load(Path.Combine(root, "fits", "val_loss", "law.json"));
        Assert.Equal(0.34, law.Coefficients["beta"], 1e-3);
        Assert.Equal(6.3, law.Rule.Coefficient, 1e-6);
    }

    [Fact]
    public async Task Runs_have_approach_1_and_3_side_by_side_and_are_told_what_approach_2_lacks()
    {
        WriteStudy("tnl", 1.7);
        var (exitCode, output, _) = await RunAsync(
            "fit",
            "--runs",
            root,
            "--approach",
            "all",
            "--starts",
            "40",
            "--draws",
            "30"
        );
        Assert.Equal(0, exitCode);
        Assert.Contains("Where", await ReportAsync(), StringComparison.Ordinal);
        Assert.Contains(
            "approach 2 is left out: tnl: approach 2 needs two budgets, each with 5 sizes about its optimum",
            output,
            StringComparison.Ordinal
        );
        foreach (var method in new[] { "envelope", "parametric" })
            Assert.Equal(method, Law.Load(Path.Combine(root, "fits", "val_loss", method, "tnl", "law.json")).Method);

        Task<string> ReportAsync() =>
            File.ReadAllTextAsync(
                Path.Combine(root, "fits", "val_loss", "report.html"),
                TestContext.Current.CancellationToken
            );
    }

    [Fact]
    public async Task A_law_file_that_is_none_is_named()
    {
        var path = Path.Combine(root, "law.json");
        await File.WriteAllTextAsync(path, "{}", TestContext.Current.CancellationToken);
        Assert.StartsWith(
            $"{path}: not a law: ",
            Assert.Throws<LinearScalingException>(() => Law.Load(path)).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task An_unknown_metric_is_answered_with_those_present()
    {
        WriteStudy("tnl", 1.7);
        var (exitCode, _, error) = await RunAsync("fit", "--runs", root, "--metric", "val_los");
        Assert.Equal(
            (
                2,
                $"--metric val_los: the runs at {root} do not hold it; did you mean val_loss? one of: train_loss, "
                    + $"val_loss\n"
            ),
            (exitCode, error)
        );
    }

    [Fact]
    public async Task A_directory_without_runs_is_named_with_what_to_do()
    {
        var (exitCode, _, error) = await RunAsync("fit", "--runs", root);
        Assert.Equal(2, exitCode);
        Assert.StartsWith($"{root}: holds no run", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_convention_is_answered_with_those_the_runs_know()
    {
        WriteStudy("tnl", 1.7);
        var (exitCode, _, error) = await RunAsync("fit", "--runs", root, "--convention", "4nd");
        Assert.Equal(2, exitCode);
        Assert.EndsWith(
            "unknown convention '4nd'; did you mean 6nd? one of: paper, exact, 6nd\n",
            error,
            StringComparison.Ordinal
        );
    }

    private static async Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var exitCode = await App.RunAsync(args, output, error, TestContext.Current.CancellationToken);
        return (exitCode, output.ToString(), error.ToString());
    }

    /// <summary>Four sizes, each with training steps and log-spaced evaluations of L = E + 40/N^0.34 + 110/D^0.34,
    /// whose optimum has D = 20 N.</summary>
    private void WriteStudy(string architecture, double irreducible, bool inPaper = true)
    {
        for (var i = 0; i < 4; i++)
        {
            var n = (long)(1e5 * Math.Pow(3, i));
            var folder = Directory.CreateDirectory(Path.Combine(root, $"{architecture}-{i}")).FullName;
            double Loss(double d) => irreducible + 40 / Math.Pow(n, 0.34) + 110 / Math.Pow(d, 0.34);
            var run = new RunRecord(
                $"{architecture}-{i}",
                architecture,
                $"size-{i}",
                "c0ffee",
                "0.1.0",
                1,
                256,
                1000,
                new(1000, n),
                inPaper
                    ? new Dictionary<string, double>
                    {
                        ["paper"] = 6.3 * n,
                        ["exact"] = 6.6 * n,
                        ["6nd"] = 6.0 * n,
                    }
                    : new Dictionary<string, double> { ["exact"] = 6.6 * n, ["6nd"] = 6.0 * n },
                "bytes",
                256,
                "data",
                "cpu",
                "fp32",
                1
            );
            File.WriteAllText(
                Path.Combine(folder, "run.json"),
                JsonSerializer.Serialize(run, RunJson.Default.RunRecord)
            );
            File.WriteAllLines(
                Path.Combine(folder, "metrics.jsonl"),
                Enumerable
                    .Range(1, 500)
                    .Select(s =>
                        JsonSerializer.Serialize(
                            new StepRecord(s, s * 100_000L, s, Loss(s * 1e5), 1e-3, 1, 1, null, 1, 0, s),
                            RunJson.Default.StepRecord
                        )
                    )
            );
            File.WriteAllLines(
                Path.Combine(folder, "eval.jsonl"),
                Enumerable
                    .Range(0, 21)
                    .Select(k => (long)Math.Round(500 * Math.Pow(10, (k - 20) / 8.0)))
                    .Where(s => s > 0)
                    .Select(s =>
                        JsonSerializer.Serialize(
                            new EvalRecord(
                                $"step-{s:D8}",
                                s,
                                s * 100_000L,
                                "w",
                                "bytes",
                                "val_loss",
                                1,
                                "val_loss",
                                Loss(s * 1e5),
                                0.01,
                                100,
                                new Dictionary<string, string>(),
                                "0.1.0"
                            ),
                            RunJson.Default.EvalRecord
                        )
                    )
            );
        }
    }
}
