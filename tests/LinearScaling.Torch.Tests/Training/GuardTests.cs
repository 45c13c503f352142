using LinearScaling.Runs;
using LinearScaling.Torch.Architectures;
using LinearScaling.Torch.Configuration;
using LinearScaling.Torch.Devices;
using LinearScaling.Torch.Training;
using LinearScaling.Torch.Weights;

namespace LinearScaling.Tests.Torch.Training;

public sealed class GuardTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("lcs-guards-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public void A_loss_that_is_not_finite_stops_before_the_update_and_leaves_what_reproduces_it()
    {
        var run = new TinyRun(Path.Combine(root, "nan"), "llama", Precision.Fp32, change: WithPeakLr(1e30));
        var error = Assert.Throws<LinearScalingException>(() => run.Train(steps: 50));

        var folder = Assert.Single(Directory.EnumerateDirectories(Path.Combine(run.Directory.FullPath, "stopped")));
        Assert.Contains("stopped before the update", error.Message, StringComparison.Ordinal);
        Assert.Contains(folder, error.Message, StringComparison.Ordinal);
        var stopped = System.Text.Json.JsonSerializer.Deserialize(
            File.ReadAllText(Path.Combine(folder, "state.json")),
            RunJson.Default.StoppedStep
        )!;
        Assert.False(double.IsFinite(stopped.Loss) && double.IsFinite(stopped.GradNorm));
        var last = run.Directory.Checkpoints()[^1];
        Assert.All(run.Directory.Checkpoints(), c => c.Verify());
        Assert.Equal(stopped.Step - 1, last.Step);
        Assert.Equal(stopped.Checkpoint, last.Name);

        // The checkpoint and the batch alone give the same loss again.
        using var scope = NewDisposeScope();
        using var model = LanguageModel.Load(last, ScalarType.Float32, CPU);
        using var batch = Safetensors.Open(Path.Combine(folder, "batch.safetensors"));
        var tokens = batch.Read("tokens").to(ScalarType.Int64);
        var loss = nn
            .functional.cross_entropy(
                model.Logits(tokens.narrow(1, 0, TinyRun.SeqLen)).flatten(0, 1),
                tokens.narrow(1, 1, TinyRun.SeqLen).flatten()
            )
            .item<float>();
        Assert.Equal(double.IsFinite(stopped.Loss), float.IsFinite(loss));
        Assert.Equal(get_rng_state().numel(), batch.Read("random_state").numel());
    }

    [Fact]
    public void A_gradient_that_is_not_finite_stops_an_update_within_the_backward_pass_too()
    {
        var run = new TinyRun(
            Path.Combine(root, "nan"),
            "tnl",
            Precision.Fp32,
            microBatch: 4,
            c =>
                WithPeakLr(1e30)(c) with
                {
                    Train = WithPeakLr(1e30)(c).Train with { OptimizerInBackward = true, MaxGradNorm = 0 },
                }
        );
        var error = Assert.Throws<LinearScalingException>(() => run.Train(steps: 50));
        Assert.Contains("step-", error.Message, StringComparison.Ordinal);
        Assert.All(run.Directory.Checkpoints(), c => c.Verify());
    }

    [Fact]
    public void A_spike_is_skipped_counted_and_told_and_a_resumed_run_skips_the_same()
    {
        // Sequences of step 41 that follow another rule than all the others.
        static RunConfig Guarded(RunConfig c) => c with { Train = c.Train with { SpikeZScore = 3, SpikeWindow = 64 } };
        var whole = new TinyRun(
            Path.Combine(root, "whole"),
            "llama",
            Precision.Fp32,
            change: Guarded,
            strangeFrom: 160,
            strangeTo: 164
        );
        whole.Train(steps: 48);
        Assert.Equal([41], whole.Directory.ReadMetrics().Where(m => m.Skipped).Select(m => m.Step));
        Assert.StartsWith("step 41: loss ", Assert.Single(whole.Log.Warnings), StringComparison.Ordinal);
        Assert.Equal(1, whole.Directory.Checkpoint(48).ReadState().Skipped);

        var parts = new TinyRun(
            Path.Combine(root, "parts"),
            "llama",
            Precision.Fp32,
            change: Guarded,
            strangeFrom: 160,
            strangeTo: 164
        );
        Assert.Throws<OperationCanceledException>(() => parts.Train(steps: 48, stopAfter: 40));
        Assert.Throws<OperationCanceledException>(() => parts.Train(steps: 48, stopAfter: 42));
        parts.Train(steps: 48);
        Assert.Equal(whole.Losses(), parts.Losses());
        Assert.Equal(whole.Directory.Checkpoint(48).WeightsHash, parts.Directory.Checkpoint(48).WeightsHash);
    }

    [Theory]
    [InlineData(10.0, true)]
    [InlineData(1.6, false)]
    public void A_spike_lies_so_many_deviations_above_the_mean(double value, bool spike) =>
        Assert.Equal(spike, new SpikeGuard(6, 8).IsSpike(value, [1.0, 1.2, 0.9, 1.1, 1.0]));

    [Fact]
    public void Nothing_is_a_spike_before_half_the_window_is_there() =>
        Assert.False(new SpikeGuard(6, 8).IsSpike(1e9, [1, 2, 3]));

    private static Func<RunConfig, RunConfig> WithPeakLr(double lr) =>
        c => c with { Train = c.Train with { Optimizer = c.Train.Optimizer with { PeakLr = lr } } };
}
