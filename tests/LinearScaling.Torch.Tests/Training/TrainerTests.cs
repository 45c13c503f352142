using LinearScaling.Files;
using LinearScaling.Runs;
using LinearScaling.Schedules;
using LinearScaling.Torch.Architectures;
using LinearScaling.Torch.Configuration;
using LinearScaling.Torch.Devices;

namespace LinearScaling.Tests.Torch.Training;

public sealed class TrainerTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("lcs-trainer-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    public static TheoryData<string> Names => [.. ModelConfig.Variants.Names];

    public static TheoryData<string, Precision> Cases()
    {
        var cases = new TheoryData<string, Precision>();
        foreach (var name in ModelConfig.Variants.Names)
        {
            cases.Add(name, Precision.Fp32);
            cases.Add(name, Precision.Bf16);
        }
        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Ten_stops_at_random_points_equal_no_stop_to_the_bit(string architecture, Precision precision)
    {
        var whole = new TinyRun(Path.Combine(root, "whole"), architecture, precision);
        whole.Train(steps: 24);

        var parts = new TinyRun(Path.Combine(root, "parts"), architecture, precision);
        var random = new Random(24);
        var stops = Enumerable.Range(1, 23).OrderBy(_ => random.Next()).Take(10).Order().ToList();
        foreach (var stop in stops)
            if (random.Next(2) == 0)
                Assert.Throws<OperationCanceledException>(() => parts.Train(steps: 24, stopAfter: stop));
            else
                Assert.Throws<OperationCanceledException>(() => parts.Train(steps: 24, microStop: stop));
        parts.Train(steps: 24);

        Assert.True(whole.Losses().SequenceEqual(parts.Losses()), $"stops {string.Join(", ", stops)}");
        Assert.Equal(whole.Directory.Checkpoint(24).WeightsHash, parts.Directory.Checkpoint(24).WeightsHash);
    }

    [Fact]
    public void A_damaged_checkpoint_is_named_and_the_one_before_it_is_used()
    {
        var run = new TinyRun(Path.Combine(root, "run"), "tnl", Precision.Fp32);
        run.Train(steps: 8);
        var losses = run.Losses();
        var file = run.Directory.Checkpoint(8).OptimizerFile;
        using (var stream = File.Open(file, FileMode.Open))
        {
            stream.Seek(-5, SeekOrigin.End);
            var value = stream.ReadByte();
            stream.Seek(-1, SeekOrigin.Current);
            stream.WriteByte((byte)(value ^ 1));
        }

        run.Train(steps: 8);

        Assert.StartsWith($"{file}: checksum ", Assert.Single(run.Log.Warnings), StringComparison.Ordinal);
        Assert.Equal(4, run.Log.FirstStep - 1);
        Assert.Equal(losses, run.Losses());
        run.Directory.Checkpoint(8).Verify();
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Accumulating_micro_batches_equals_one_batch(string architecture)
    {
        var runs = ((int[])[4, 2, 1])
            .Select(microBatch =>
            {
                var run = new TinyRun(
                    Path.Combine(root, $"micro-{microBatch}"),
                    architecture,
                    Precision.Fp32,
                    microBatch
                );
                run.Train(steps: 3);
                return run;
            })
            .ToList();
        foreach (var other in runs.Skip(1))
        {
            Assert.All(runs[0].Losses().Zip(other.Losses()), pair => Assert.Equal(pair.First, pair.Second, 1e-6));
            // later ones have been through Adam, which divides by gradients near 0
            var (expected, norm) = (Norms(runs[0]).First(), Norms(other).First());
            Assert.Equal(expected, norm, 1e-6 * expected);
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Updating_within_the_backward_pass_is_the_same_update(string architecture, Precision precision)
    {
        static RunConfig Unclipped(RunConfig config) => config with { Train = config.Train with { MaxGradNorm = 0 } };
        var after = new TinyRun(Path.Combine(root, "after"), architecture, precision, microBatch: 4, Unclipped);
        var within = new TinyRun(
            Path.Combine(root, "within"),
            architecture,
            precision,
            microBatch: 4,
            c => Unclipped(c) with { Train = Unclipped(c).Train with { OptimizerInBackward = true } }
        );
        after.Train(steps: 4);
        within.Train(steps: 4);
        Assert.Equal(after.Losses(), within.Losses());
        Assert.Equal(Norms(after), Norms(within));
        Assert.Equal(after.Directory.Checkpoint(4).WeightsHash, within.Directory.Checkpoint(4).WeightsHash);
    }

    [Fact]
    public void What_the_schedule_does_not_keep_is_removed()
    {
        var run = new TinyRun(
            Path.Combine(root, "keep"),
            "tnl",
            Precision.Fp32,
            change: c => c with { Checkpoints = new CheckpointSchedule(Every: 1, KeepLast: 2, KeepEvery: 5) }
        );
        run.Train(steps: 12);
        Assert.Equal([5, 10, 11, 12], run.Directory.Checkpoints().Select(c => c.Step));
        Assert.Equal(4, Directory.EnumerateFileSystemEntries(run.Directory.CheckpointsFolder).Count());
    }

    [Fact]
    public void A_directory_that_is_removed_under_a_run_stops_it()
    {
        var run = new TinyRun(
            Path.Combine(root, "gone"),
            "tnl",
            Precision.Fp32,
            change: c => c with { Checkpoints = new CheckpointSchedule(LogFrom: 100, Every: 0) } // no save meets it
        );
        var error = Assert.Throws<LinearScalingException>(() =>
            run.Train(
                steps: 40,
                onStep: step =>
                {
                    if (step == 3)
                        Directory.Delete(run.Directory.FullPath, recursive: true);
                }
            )
        );
        Assert.StartsWith($"{run.Directory.RunFile}: is gone: ", error.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(run.Directory.FullPath));
    }

    [Fact]
    public void A_checkpoint_of_another_run_or_step_is_not_gone_on_from()
    {
        var run = new TinyRun(Path.Combine(root, "run"), "tnl", Precision.Fp32);
        run.Train(steps: 8);
        Directory.Move(run.Directory.Checkpoint(8).FullPath, run.Directory.Checkpoint(16).FullPath);
        run.Train(steps: 8);
        Assert.Equal(
            $"{run.Directory.Checkpoint(16).FullPath}: holds step 8, not the one of its name; it was renamed "
                + "or replaced",
            Assert.Single(run.Log.Warnings)
        );
        run.Directory.Checkpoint(16).Remove();
        run.Directory.WriteRun(run.Directory.ReadRun() with { ConfigHash = "other" });
        var error = Assert.Throws<LinearScalingException>(run.Directory.Checkpoint(8).VerifyOrigin);
        Assert.EndsWith("it is another run's", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Equal_runs_have_equal_bytes_in_every_file_of_a_checkpoint_but_its_times()
    {
        foreach (var name in new[] { "one", "two" })
            new TinyRun(Path.Combine(root, name), "hgrn2", Precision.Fp32).Train(steps: 2);
        var (one, two) = (Checkpoint("one"), Checkpoint("two"));
        Assert.Equal(Checksum.ComputeFile(one.ModelFile), Checksum.ComputeFile(two.ModelFile));
        Assert.Equal(Checksum.ComputeFile(one.OptimizerFile), Checksum.ComputeFile(two.OptimizerFile));

        CheckpointDirectory Checkpoint(string name) => new RunDirectory(Path.Combine(root, name)).Checkpoint(2);
    }

    [Fact]
    public void Any_changed_byte_of_complete_json_is_noticed()
    {
        var run = new TinyRun(Path.Combine(root, "sealed"), "tnl", Precision.Fp32);
        run.Train(steps: 2);
        var checkpoint = run.Directory.Checkpoint(2);
        var bytes = File.ReadAllBytes(checkpoint.CompleteFile);
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] ^= 1;
            File.WriteAllBytes(checkpoint.CompleteFile, bytes);
            Assert.Throws<LinearScalingException>(() => checkpoint.WeightsHash);
            bytes[i] ^= 1;
        }
    }

    private static IEnumerable<double> Norms(TinyRun run) => run.Directory.ReadMetrics().Select(m => m.GradNorm);

    [Fact]
    public void A_step_leaves_no_tensor_behind()
    {
        var run = new TinyRun(Path.Combine(root, "live"), "cosformer2", Precision.Fp32);
        run.Train(steps: 2);
        var before = LiveTensors.Settled();
        new TinyRun(Path.Combine(root, "live2"), "cosformer2", Precision.Fp32).Train(steps: 6);
        Assert.Equal(before, Tensor.TotalCount);
    }
}
