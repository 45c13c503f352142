using System.Globalization;
using System.Text.Json;
using LinearScaling.Laws;
using LinearScaling.Runs;

namespace LinearScaling.Tests.Cli.Fitting;

/// <summary><c>lcs fit --via LOSS</c>: metrics in two steps.</summary>
public sealed class FitLinksTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("lcs-fit-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public async Task A_metric_of_runs_follows_from_their_loss()
    {
        WriteStudy();
        var (exitCode, text, error) = await Fit("--runs", root, "--metric", "hellaswag/acc", "--via", "val_loss");
        Assert.Equal((0, ""), (exitCode, error));
        var folder = Path.Combine(root, "fits", "hellaswag-acc-via-val_loss");
        var law = Law.Load(Path.Combine(folder, "law.json"));
        Assert.Equal(("tnl", "chinchilla", "val_loss", "N, D"), (law.Name, law.Form, law.Metric, law.Variable));
        var link = Assert.Single(law.Links);
        Assert.Equal(("hellaswag/acc", "sigmoid"), (link.Metric, link.Form));
        Assert.Equal(Accuracy(2.5), link.At(2.5), 1e-3);
        var (value, interval) = link.Predict(law, 3e6, 3e8);
        Assert.Equal(Accuracy(Loss(3e6, 3e8)), value, 1e-3);
        Assert.True(interval!.Contains(value));
        Assert.Contains("R^2 of link", text.Split('\n')[0], StringComparison.Ordinal);
        foreach (var plot in new[] { "metric_hellaswag-acc", "link_hellaswag-acc", "loss", "contour" })
            Assert.True(File.Exists(Path.Combine(folder, plot + ".svg")), plot);
        Assert.Contains(
            "<h2>Held out: the top half-decade of compute</h2>",
            await File.ReadAllTextAsync(Path.Combine(folder, "report.html"), TestContext.Current.CancellationToken),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task All_stands_for_every_metric_and_names_what_has_no_link()
    {
        WriteStudy();
        var (exitCode, text, error) = await Fit("--runs", root, "--metric", "all", "--via", "val_loss");
        Assert.Equal(
            (
                0,
                "tnl: rare/acc has no link: sigmoid has 4 parameters: 3 rows with both the loss and the metric cannot "
                    + "determine them\n"
            ),
            (exitCode, error)
        );
        var law = Law.Load(Path.Combine(root, "fits", "all-via-val_loss", "law.json"));
        Assert.Equal(["hellaswag/acc", "squad/f1"], law.Links.Select(l => l.Metric));
        // A score of 0 is one: it is what the link's lower end rests on.
        Assert.Equal(law.Links[0].Points, law.Links[1].Points);
        Assert.Equal(0, law.Links[1].At(5), 0.02);
        Assert.Contains("squad/f1", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_table_names_the_loss_by_its_role()
    {
        var output = Path.Combine(root, "out");
        string[] line = ["--table", Table(), "--columns", "N=n,D=d,via=loss,L=acc", "--output", output];
        var (exitCode, text, error) = await Fit(line);
        Assert.Equal((0, ""), (exitCode, error));
        var one = Law.Load(Path.Combine(output, "law.json"));
        Assert.Equal(("loss", "acc"), (one.Metric, one.Links.Single().Metric));
        Assert.Equal(Accuracy(2.5), one.Links[0].At(2.5), 1e-3);
        // One row has no score, and counts in the first step alone.
        Assert.Equal((48, 47), (one.Data.Points, one.Links[0].Points));
        Assert.Contains(
            "left out: 1 points of table for acc: no finite number in the metric's column",
            text,
            StringComparison.Ordinal
        );

        (exitCode, _, error) = await Fit([.. line, "--metric", "acc", "--metric", "err", "--link", "gadre_error"]);
        Assert.Equal((0, ""), (exitCode, error));
        var several = Law.Load(Path.Combine(output, "law.json"));
        Assert.Equal(["acc", "err"], several.Links.Select(l => l.Metric));
        Assert.All(several.Links, l => Assert.Equal("gadre_error", l.Form));
    }

    [Fact]
    public async Task The_highest_losses_that_are_left_out_are_so_in_both_steps()
    {
        var output = Path.Combine(root, "out");
        await Fit("--table", Table(), "--columns", "N=n,D=d,via=loss,L=acc", "--output", output, "--drop-worst", "5");
        var law = Law.Load(Path.Combine(output, "law.json"));
        Assert.Equal((43, 42), (law.Data.Points, law.Links[0].Points));
    }

    [Theory]
    [InlineData("--metric hellaswag/acc --link sigmoid", "--link sigmoid: is the second step of --via; ")]
    [InlineData("--metric hellaswag/acc --metric squad/f1", "--metric hellaswag/acc --metric squad/f1: one a fit")]
    [InlineData("--metric all", "--metric all: one a fit, unless they follow from a loss; ")]
    [InlineData(
        "--metric hellaswag/acc --via val_loss --against val_loss",
        "--against val_loss: is the second step alone"
    )]
    [InlineData(
        "--metric hellaswag/acc --via val_loss --law sigmoid",
        "--law: the first step of --via is one law of N and D"
    )]
    [InlineData(
        "--metric hellaswag/acc --via val_loss --law chinchilla,kaplan",
        "--law: the first step of --via is one law"
    )]
    [InlineData("--metric hellaswag/acc --via val_loss --link kaplan", "tnl: hellaswag/acc: kaplan is a law of N, D; ")]
    [InlineData("--metric hellaswag/ac --via val_loss", "--metric hellaswag/ac: the runs at ")]
    [InlineData(
        "--metric hellaswag/acc --via train_loss",
        "--metric hellaswag/acc --via train_loss: no checkpoint at "
    )]
    [InlineData("--metric rare/acc --via val_loss", "tnl: rare/acc: sigmoid has 4 parameters: 3 rows ")]
    public async Task Mistakes_are_answered_in_one_line(string line, string answer)
    {
        WriteStudy();
        var (exitCode, _, error) = await Fit(["--runs", root, .. line.Split(' ')]);
        Assert.Equal(2, exitCode);
        Assert.StartsWith(answer, error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd().Split('\n'));
    }

    [Theory]
    [InlineData("N=n,D=d,L=acc", "--via loss", "--via: of a table, name the loss's column: --columns \"...,via=loss\"")]
    [InlineData("N=n,D=d,via=loss", "", "--columns: via is a loss; name a metric that follows from it too")]
    [InlineData("N=n,D=d,via=loss", "--metric all", "--metric all: not every column of a table is a metric; ")]
    [InlineData("N=n,D=d,via=los,L=acc", "", "unknown column 'los'; did you mean loss")]
    public async Task Mistakes_with_tables_are_answered_in_one_line(string columns, string more, string answer)
    {
        var (exitCode, _, error) = await Fit([
            "--table",
            Table(),
            "--columns",
            columns,
            .. more.Split(' ', StringSplitOptions.RemoveEmptyEntries),
        ]);
        Assert.Equal(2, exitCode);
        Assert.Contains(answer, error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd().Split('\n'));
    }

    private static Task<(int ExitCode, string Output, string Error)> Fit(params string[] line) =>
        Lcs.RunAsync(["fit", "--starts", "30", "--draws", "30", .. line]);

    private static double Loss(double n, double d) => 1.7 + 40 / Math.Pow(n, 0.34) + 110 / Math.Pow(d, 0.3);

    private static double Accuracy(double loss) => 0.25 + 0.6 / (1 + Math.Exp(3 * (loss - 2.4)));

    /// <summary>Eight sizes by six numbers of tokens, one of them without a score.</summary>
    private string Table()
    {
        var path = Path.Combine(root, "table.csv");
        var rows =
            from i in Enumerable.Range(0, 48)
            let n = 1e6 * Math.Pow(2, i % 8)
            let d = 1e8 * Math.Pow(2, i / 8)
            let loss = Loss(n, d) * (1 + 1e-3 * Math.Sin(31 * i))
            let score = i == 20 ? "" : Accuracy(loss).ToString("R", CultureInfo.InvariantCulture)
            select string.Create(CultureInfo.InvariantCulture, $"{n:R},{d:R},{loss:R},{score},{1 - Accuracy(loss):R}");
        File.WriteAllLines(path, ["n,d,loss,acc,err", .. rows]);
        return path;
    }

    /// <summary>Six runs of one architecture, each with log-spaced evaluations of a loss and of two tasks that follow
    /// from it, one of which is 0 for weak models; a third task was run on three checkpoints.</summary>
    private void WriteStudy()
    {
        for (var i = 0; i < 6; i++)
        {
            var n = (long)(1e5 * Math.Pow(2.5, i));
            var folder = Directory.CreateDirectory(Path.Combine(root, $"tnl-{i}")).FullName;
            var run = new RunRecord(
                $"tnl-{i}",
                "tnl",
                $"size-{i}",
                "c0ffee",
                "0.1.0",
                1,
                256,
                1000,
                new(1000, n),
                new Dictionary<string, double> { ["paper"] = 6.3 * n, ["6nd"] = 6.0 * n },
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
                    .Range(1, 90)
                    .Select(s =>
                        JsonSerializer.Serialize(
                            new StepRecord(s, s * 100_000L + 7, s, Loss(n, s * 1e5), 1e-3, 1, 1, null, 1, 0, s),
                            RunJson.Default.StepRecord
                        )
                    )
            );
            File.WriteAllLines(
                Path.Combine(folder, "eval.jsonl"),
                Enumerable
                    .Range(0, 16)
                    .Select(k => (long)Math.Round(3000 * Math.Pow(10, (k - 15) / 6.0)))
                    .SelectMany(step =>
                    {
                        var loss = Loss(n, step * 1e5) * (1 + 1e-3 * Math.Sin(17 * i + step));
                        List<string> lines =
                        [
                            Eval(step, "val_loss", "val_loss", loss),
                            Eval(step, "hellaswag", "acc", Accuracy(loss)),
                            Eval(step, "squad", "f1", Math.Max(0, 0.5 - 1 / (1 + Math.Exp(-3 * (loss - 2.2))))),
                        ];
                        if (i == 0 && step > 1000)
                            lines.Add(Eval(step, "rare", "acc", 0.5));
                        return lines;
                    })
            );
        }
    }

    private static string Eval(long step, string task, string metric, double value) =>
        SampleStudy.Eval(step, step * 100_000L, task, metric, value);
}
