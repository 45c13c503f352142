using System.Globalization;
using System.Text.Json;
using LinearScaling.Laws.Forms;
using LinearScaling.Laws.Scheduled;
using LinearScaling.Runs;

namespace LinearScaling.Tests.Cli.Fitting;

/// <summary>Small tables and runs that every method of <c>lcs fit</c> can be fitted to.</summary>
internal static class SampleStudy
{
    private static readonly (string Name, LearningRates Rates)[] Schedules =
    [
        ("constant", new([(1, 3e-6), (30, 3e-4), (300, 3e-4)])),
        ("wsd", new([(1, 3e-6), (30, 3e-4), (200, 3e-4), (300, 1e-5)])),
        ("linear", new([(1, 3e-6), (30, 3e-4), (300, 3e-5)])),
    ];

    private static readonly string[] Kinds = ["a", "b"];

    private static readonly double[] Checkpoints = [0.1, 0.3, 1];

    /// <summary>Writes <c>points.csv</c> and <c>schedules.csv</c>, runs of several sizes below <c>sizes</c> and runs
    /// of several schedules below <c>schedules</c>.</summary>
    public static void Write(string root)
    {
        File.WriteAllLines(Path.Combine(root, "points.csv"), Points().Prepend("kind,run,n,d,c,width,loss,acc,err"));
        File.WriteAllLines(
            Path.Combine(root, "schedules.csv"),
            Schedules
                .SelectMany(s =>
                    Steps(1)
                        .Select(t =>
                            string.Create(
                                CultureInfo.InvariantCulture,
                                $"{s.Name},{t},{s.Rates.Rate(t):R},{AlongSchedule(s.Rates, t):R}"
                            )
                        )
                )
                .Prepend("run,step,lr,loss")
        );
        // A size each, trained to lengths that end on shared budgets.
        for (var budget = 0; budget < 2; budget++)
        for (var size = 0; size < 5; size++)
        {
            var (n, d) = At(budget, size);
            WriteRun(
                Path.Combine(root, "sizes"),
                $"run-{budget}-{size}",
                (long)n,
                (long)(d / 300),
                new([(1, 3e-4), (300, 3e-4)]),
                t => Loss((long)n, (long)(d / 300) * t) * Wobble(31 * size + 7 * budget + t)
            );
        }
        foreach (var (name, rates) in Schedules)
            WriteRun(Path.Combine(root, "schedules"), name, 1_000_000, 1000, rates, t => AlongSchedule(rates, t));
    }

    /// <summary>Three budgets of five sizes, each at three checkpoints and once again a little worse.</summary>
    private static IEnumerable<string> Points() =>
        from kind in Kinds
        from budget in Enumerable.Range(0, 3)
        from size in Enumerable.Range(0, 5)
        from checkpoint in Checkpoints
        let at = At(budget, size)
        let d = at.D * checkpoint
        let loss = Loss(at.N, d) * (kind == "a" ? 1 : 1.01) * Wobble(97 * budget + 31 * size + 10 * checkpoint)
        select string.Create(
            CultureInfo.InvariantCulture,
            $"{kind},{kind}-{budget}-{size},{at.N:R},{d:R},{6 * at.N * d:R},{64 << size},{loss:R},{Score(loss):R},"
                + $"{1 - Score(loss):R}"
        );

    private static (double N, double D) At(int budget, int size)
    {
        var c = Math.Pow(10, 15 + budget);
        var n = Math.Sqrt(c / 100) * Math.Pow(2, size - 2);
        return (n, c / (6 * n));
    }

    private static double Loss(double n, double d) => 1.7 + 40 / Math.Pow(n, 0.34) + 110 / Math.Pow(d, 0.3);

    private static double Score(double loss) => 0.25 + 0.6 / (1 + Math.Exp(1.5 * (loss - 3)));

    private static double AlongSchedule(LearningRates rates, int step) =>
        new MultiPower().Predict([1.9, 0.4, 0.45, 300, 2, 0.6, 0.6], new ScheduledCurve("", "", rates, []).Place(step))
        * Wobble(step);

    private static double Wobble(double phase) => 1 + 2e-3 * Math.Sin(phase * phase);

    private static IEnumerable<int> Steps(int first) => Enumerable.Range(1, 30).Select(i => 10 * i).Prepend(first);

    private static void WriteRun(
        string root,
        string name,
        long n,
        long tokens,
        LearningRates rates,
        Func<int, double> loss
    )
    {
        var folder = Directory.CreateDirectory(Path.Combine(root, name)).FullName;
        var run = new RunRecord(
            name,
            "tnl",
            $"size-{n}",
            "c0ffee",
            "0.1.0",
            1,
            256,
            tokens,
            new(1000, n),
            new Dictionary<string, double>
            {
                ["paper"] = 6.3 * n,
                ["exact"] = 6.6 * n,
                ["6nd"] = 6.0 * n,
            },
            "bytes",
            256,
            "data",
            "cpu",
            "fp32",
            1
        );
        File.WriteAllText(Path.Combine(folder, "run.json"), JsonSerializer.Serialize(run, RunJson.Default.RunRecord));
        File.WriteAllLines(
            Path.Combine(folder, "metrics.jsonl"),
            Steps(1)
                .Select(t =>
                    JsonSerializer.Serialize(
                        new StepRecord(t, t * tokens, t, loss(t) * 1.01, rates.Rate(t), 1, 1, null, 1, 0, t),
                        RunJson.Default.StepRecord
                    )
                )
        );
        File.WriteAllLines(
            Path.Combine(folder, "eval.jsonl"),
            Steps(5)
                .SelectMany(t =>
                    new[]
                    {
                        Eval(t, t * tokens, "val_loss", "val_loss", loss(t)),
                        Eval(t, t * tokens, "task", "acc", Score(loss(t))),
                        Eval(t, t * tokens, "task", "err", 1 - Score(loss(t))),
                    }
                )
        );
    }

    /// <summary>A line of <c>eval.jsonl</c>.</summary>
    /// <param name="tokens">Up to that step.</param>
    public static string Eval(long step, long tokens, string task, string metric, double value) =>
        JsonSerializer.Serialize(
            new EvalRecord(
                $"step-{step:D8}",
                step,
                tokens,
                "w",
                "bytes",
                task,
                1,
                metric,
                value,
                0.01,
                100,
                new Dictionary<string, string>(),
                "0.1.0"
            ),
            RunJson.Default.EvalRecord
        );
}
