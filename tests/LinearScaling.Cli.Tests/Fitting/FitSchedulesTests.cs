using System.Globalization;
using System.Text.Json;
using LinearScaling.Laws;
using LinearScaling.Laws.Forms;
using LinearScaling.Laws.Scheduled;
using LinearScaling.Runs;
using static LinearScaling.Tests.Cli.Lcs;

namespace LinearScaling.Tests.Cli.Fitting;

/// <summary>Laws of whole curves by their learning rates.</summary>
public sealed class FitSchedulesTests : IDisposable
{
    private static readonly double[] Truth = [2.65, 0.6, 0.45, 438, 2.13, 0.6, 0.655];

    /// <summary>Schedules of 3,000 steps by their rates at a few.</summary>
    private static readonly Dictionary<string, LearningRates> Schedules = new()
    {
        ["constant"] = new([(1, 3e-6), (100, 3e-4), (3000, 3e-4)]),
        ["wsd"] = new([(1, 3e-6), (100, 3e-4), (2400, 3e-4), (3000, 1e-5)]),
        ["linear"] = new([(1, 3e-6), (100, 3e-4), (3000, 3e-5)]),
        ["drop"] = new([(1, 3e-6), (100, 3e-4), (1200, 3e-4), (1201, 6e-5), (3000, 6e-5)]),
    };

    private readonly string root = Directory.CreateTempSubdirectory("lcs-schedules-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public async Task A_table_of_curves_gives_a_law_its_check_and_what_a_planned_run_will_reach()
    {
        var rows =
            from s in Schedules
            from step in Enumerable.Range(1, 300).Select(i => 10 * i).Prepend(1)
            let loss = s.Key == "drop" || step < 150 ? "" : Text(Loss(s.Value, step, 1))
            select $"{s.Key},{step},{Text(s.Value.Rate(step))},{loss}";
        var table = Path.Combine(root, "curves.csv");
        await File.WriteAllLinesAsync(table, rows.Prepend("run,step,rate,loss"), TestContext.Current.CancellationToken);
        var (exitCode, output, error) = await FitAsync(
            "--table",
            table,
            "--columns",
            "run=run,step=step,lr=rate,L=loss",
            "--law",
            "multi_power"
        );
        Assert.Equal((0, ""), (exitCode, error));
        var law = Law.Load(Path.Combine(root, "out", "law.json"));
        Assert.Equal(("multi_power", "parametric", "learning rates"), (law.Form, law.Method, law.Variable));
        Assert.Equal(0.45, law.Coefficients["alpha"], 0.05);
        foreach (var run in new[] { "constant", "wsd", "linear" })
            Assert.Contains($"\n{run} ", output, StringComparison.Ordinal);
        var planned = output.Split('\n').Single(l => l.StartsWith("drop ", StringComparison.Ordinal));
        var predicted = planned.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^1];
        Assert.Equal(1, double.Parse(predicted, CultureInfo.InvariantCulture) / Loss(Schedules["drop"], 3000, 1), 0.01);
        foreach (var figure in new[] { "curves", "learning_rates", "residuals" })
            Assert.True(File.Exists(Path.Combine(root, "out", figure + ".png")), figure);
        var e = Assert.Throws<LinearScalingException>(() => law.LossAt(1e20));
        Assert.StartsWith(
            "law 'curves' (multi_power of learning rates) says nothing",
            e.Message,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("val_loss")]
    [InlineData("train_loss")]
    public async Task Runs_are_fitted_by_architecture_and_size_along_their_own_rates(string metric)
    {
        foreach (var (size, times) in new[] { ("1m", 1.0), ("3m", 0.9) })
        foreach (var name in new[] { "constant", "wsd", "linear" })
            WriteRun($"{name}-{size}", size, Schedules[name], times);
        var (exitCode, output, error) = await FitAsync(
            "--runs",
            root,
            "--metric",
            metric,
            "--law",
            "annealing",
            "--json"
        );
        Assert.Equal((0, ""), (exitCode, error));
        Assert.Equal(
            ["tnl 1m", "tnl 3m"],
            JsonDocument.Parse(output).RootElement.EnumerateArray().Select(l => l.GetProperty("name").GetString())
        );
        var page = await File.ReadAllTextAsync(
            Path.Combine(root, "out", "report.html"),
            TestContext.Current.CancellationToken
        );
        Assert.Equal(6, page.Split("<svg").Length - 1);
        Assert.Contains("warm-up: the learning rate still rises", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(
        "multi_power,chinchilla",
        "--law multi_power and another form: a law of learning rates is fitted alone"
    )]
    [InlineData("multi_power --drop-worst 3", "--law multi_power and --drop-worst: a law of learning rates is fitted")]
    [InlineData("annealing --against val_loss", "--law annealing and --against: a law of learning rates is fitted")]
    [InlineData("multi_powr", "did you mean multi_power?")]
    public async Task What_cannot_stand_beside_such_a_law_is_named(string options, string message)
    {
        WriteRun("a", "1m", Schedules["wsd"], 1);
        var (exitCode, _, error) = await FitAsync(["--runs", root, "--law", .. options.Split(' ')]);
        Assert.Equal(2, exitCode);
        Assert.Contains(message, error, StringComparison.Ordinal);
    }

    private Task<(int ExitCode, string Output, string Error)> FitAsync(params string[] options) =>
        RunAsync(["fit", "--starts", "6", "--output", Path.Combine(root, "out"), .. options]);

    private static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private static double Loss(LearningRates rates, double step, double times) =>
        times
        * (1 + 2e-4 * Math.Sin(step))
        * new MultiPower().Predict(Truth, new ScheduledCurve("", "", rates, []).Place(step));

    private void WriteRun(string name, string size, LearningRates rates, double times)
    {
        const long tokens = 1000;
        var folder = Directory.CreateDirectory(Path.Combine(root, name)).FullName;
        var run = new RunRecord(
            name,
            "tnl",
            size,
            "c0ffee",
            "0.1.0",
            1,
            250,
            tokens,
            new(1000, 1000000),
            new Dictionary<string, double> { ["exact"] = 6e6 },
            "bytes",
            256,
            "data",
            "cpu",
            "fp32",
            1
        );
        File.WriteAllText(Path.Combine(folder, "run.json"), JsonSerializer.Serialize(run, RunJson.Default.RunRecord));
        int[] steps = [.. Enumerable.Range(1, 300).Select(i => 10 * i).Prepend(1)];
        File.WriteAllLines(
            Path.Combine(folder, "metrics.jsonl"),
            steps.Select(s =>
                JsonSerializer.Serialize(
                    new StepRecord(s, s * tokens, s, Loss(rates, s, times), rates.Rate(s), 1, 1, null, 1, 0, s),
                    RunJson.Default.StepRecord
                )
            )
        );
        File.WriteAllLines(
            Path.Combine(folder, "eval.jsonl"),
            steps
                .Where(s => s % 100 == 0 || s == 50)
                .Select(s =>
                    JsonSerializer.Serialize(
                        new EvalRecord(
                            $"step-{s:D8}",
                            s,
                            s * tokens,
                            "w",
                            "bytes",
                            "val_loss",
                            1,
                            "val_loss",
                            Loss(rates, s, times),
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
