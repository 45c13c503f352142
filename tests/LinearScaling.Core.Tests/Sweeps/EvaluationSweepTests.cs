using LinearScaling.Evaluation;
using LinearScaling.Evaluation.Tasks;
using LinearScaling.Sweeps;

namespace LinearScaling.Tests.Sweeps;

public sealed class EvaluationSweepTests : IDisposable
{
    private readonly FakeRuns runs = new();
    private readonly SweepLines log = new();

    public void Dispose() => runs.Dispose();

    [Fact]
    public void Every_checkpoint_is_evaluated_once_and_known_afterwards()
    {
        var run = runs.Add("a", 2);
        Sweep(new FakeSource());
        var second = new FakeSource();
        Sweep(second);

        Assert.Equal(["started 2 2 0", "step-00000001 val_loss", "step-00000002 val_loss", "started 2 0 2"], log.Lines);
        Assert.Empty(second.Opened);
        var records = run.ReadEvals();
        Assert.Equal(
            ["1 val_loss", "1 bits_per_byte", "2 val_loss", "2 bits_per_byte"],
            records.Select(r => $"{r.Step} {r.Metric}")
        );
        Assert.Equal(2, records[2].Value, 12);
        Assert.Equal(2 * 6 / Math.Log(2) / 12, records[3].Value, 12);
        Assert.Equal(2, records[0].N);
    }

    [Fact]
    public void A_moved_run_keeps_its_results_and_another_limit_does_not_share_them()
    {
        runs.Add("a", 1);
        Sweep(new FakeSource());
        Directory.Move(Path.Combine(runs.Root, "a"), Path.Combine(runs.Root, "b"));
        Sweep(new FakeSource());
        Sweep(new FakeSource(new() { Limit = 1 }));
        Assert.Equal(
            ["started 1 1 0", "step-00000001 val_loss", "started 1 0 1", "started 1 1 0", "step-00000001 val_loss"],
            log.Lines
        );
    }

    [Fact]
    public void All_missing_data_is_named_before_anything_runs()
    {
        var run = runs.Add("a", 2);
        var source = new FakeSource(new() { TaskData = runs.Root });
        var ledger = new EvalLedger(TaskList.Parse("val_loss,piqa,sciq"), source);
        var sweep = new EvaluationSweep(ledger, source, log);
        var error = Assert.Throws<LinearScalingException>(() =>
            sweep.Run(runs.Found, TestContext.Current.CancellationToken)
        );
        Assert.Equal(
            ["piqa: no task data in", "sciq: no task data in"],
            error.Message.Split('\n').Select(l => l[..21])
        );
        Assert.Empty(source.Opened);
        Assert.Empty(run.ReadEvals());
    }

    [Fact]
    public void A_damaged_checkpoint_is_named_and_passed_over()
    {
        var run = runs.Add("a", 3);
        File.WriteAllText(run.Checkpoint(2).ModelFile, "damaged");
        var sweep = Sweep(new FakeSource());
        Assert.Equal(1, sweep.Damaged);
        Assert.Equal(
            ["started 3 3 0", "step-00000001 val_loss", "step-00000002 damaged", "step-00000003 val_loss"],
            log.Lines
        );
    }

    [Fact]
    public void An_interrupted_sweep_keeps_what_is_finished_and_the_next_one_does_the_rest()
    {
        var run = runs.Add("a", 3);
        using var cancellation = new CancellationTokenSource();
        var answered = 0;
        var source = new FakeSource
        {
            Answering = () =>
            {
                if (++answered == 2)
                    cancellation.Cancel();
            },
        };
        Assert.Throws<OperationCanceledException>(() => Sweep(source, cancellation.Token));
        Assert.Equal([1, 1], run.ReadEvals().Select(r => r.Step));
        var second = new FakeSource();
        Sweep(second);
        Assert.Equal(["a 2", "a 3"], second.Opened);
        Assert.Equal([1, 1, 2, 2, 3, 3], run.ReadEvals().Select(r => r.Step));
    }

    [Fact]
    public void Lines_that_a_crash_cut_off_are_completed()
    {
        var run = runs.Add("a", 1);
        Sweep(new FakeSource());
        var text = File.ReadAllText(run.EvalFile);
        File.WriteAllText(run.EvalFile, text[..(text.IndexOf('\n') + 20)]);
        Sweep(new FakeSource());
        Assert.Equal(text, File.ReadAllText(run.EvalFile));
    }

    [Fact]
    public async Task Two_workers_share_a_directory()
    {
        runs.Add("a", 20);
        var source = new FakeSource { Answering = () => Thread.Sleep(2) };
        await Task.WhenAll(
            Enumerable
                .Range(0, 2)
                .Select(_ =>
                    Task.Run(() =>
                        new EvaluationSweep(new([new ValidationLossTask()], source), source, new SweepLines()).Run(
                            runs.Found,
                            TestContext.Current.CancellationToken
                        )
                    )
                )
        );
        Assert.Equal(Enumerable.Range(1, 20).Select(i => $"a {i}").Order(), source.Opened.Order());
    }

    [Fact]
    public void A_model_without_finite_scores_gets_NaN_and_enters_no_mean_and_no_comparison()
    {
        var run = runs.Add("a", 1);
        var source = new FakeSource { Score = double.NegativeInfinity };
        var group = new EvalGroup("both", [new("val_loss", "val_loss"), new("val_loss", "bits_per_byte")]);
        new EvaluationSweep(new([new ValidationLossTask()], source, [group], keepSamples: true), source, log).Run(
            runs.Found,
            TestContext.Current.CancellationToken
        );
        Assert.Equal(["step-00000001 val_loss 2 not finite"], log.Lines.Skip(1));
        Assert.Equal([double.NaN, double.NaN], run.ReadEvals().Select(r => r.Value));
        Assert.Equal(
            "--compare: the first model has no finite score on item 0: its weights or logits are not finite; nothing "
                + "can be compared with it",
            Assert
                .Throws<LinearScalingException>(() =>
                    CheckpointComparison.Compare(runs.Found[0], runs.Found[0], [new ValidationLossTask()])
                )
                .Message
        );
    }

    [Fact]
    public void A_mean_whose_tasks_are_all_there_is_added_without_a_model()
    {
        var run = runs.Add("a", 2);
        Sweep(new FakeSource());
        var source = new FakeSource();
        var group = new EvalGroup("both", [new("val_loss", "val_loss"), new("val_loss", "bits_per_byte")]);
        for (var i = 0; i < 2; i++)
            new EvaluationSweep(new([new ValidationLossTask()], source, [group]), source, log).Run(
                runs.Found,
                TestContext.Current.CancellationToken
            );
        Assert.Empty(source.Opened);
        var means = run.ReadEvals().Where(r => r.Task == "both").Select(r => r.Value).ToList();
        Assert.Equal(2, means.Count);
        Assert.Equal((1 + 6 / Math.Log(2) / 12) / 2, means[0], 12);
        Assert.Equal((2 + 12 / Math.Log(2) / 12) / 2, means[1], 12);
    }

    [Fact]
    public void Kept_items_of_another_limit_are_not_taken_for_these()
    {
        var run = runs.Add("a", 1);
        void Keep(int? limit)
        {
            var source = new FakeSource(new() { Limit = limit });
            var ledger = new EvalLedger([new ValidationLossTask()], source, keepSamples: true);
            new EvaluationSweep(ledger, source, log).Run(runs.Found, TestContext.Current.CancellationToken);
        }
        Sweep(new FakeSource());
        Keep(1);
        Assert.Single(run.ReadSamples("step-00000001", "val_loss"));
        Keep(null);
        Assert.Equal(2, run.ReadSamples("step-00000001", "val_loss").Count);
        log.Lines.Clear();
        Keep(null);
        Assert.Equal(["started 1 0 1"], log.Lines);
        Assert.Equal(4, run.ReadEvals().Count);
    }

    [Fact]
    public void A_damaged_checkpoint_is_not_missing_for_ever()
    {
        File.WriteAllText(runs.Add("a", 1).Checkpoint(1).ModelFile, "damaged");
        var source = new FakeSource();
        var ledger = new EvalLedger([new ValidationLossTask()], source);
        Assert.Single(ledger.Missing(runs.Found[0]));
        new EvaluationSweep(ledger, source, log).Run(runs.Found, TestContext.Current.CancellationToken);
        Assert.Empty(ledger.Missing(runs.Found[0]));
    }

    private EvaluationSweep Sweep(FakeSource source, CancellationToken? cancellationToken = null)
    {
        var sweep = new EvaluationSweep(new([new ValidationLossTask()], source), source, log);
        sweep.Run(runs.Found, cancellationToken ?? TestContext.Current.CancellationToken);
        return sweep;
    }
}
