using LinearScaling.Torch.Architectures;
using LinearScaling.Torch.Training;

namespace LinearScaling.Tests.Torch.Training;

public sealed class TrainerTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("lcs-trainer-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

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
    public void Stopping_and_resuming_equals_not_stopping_to_the_bit(string architecture, Precision precision)
    {
        var whole = new TinyRun(Path.Combine(root, "whole"), architecture, precision);
        whole.Train(steps: 12);

        var parts = new TinyRun(Path.Combine(root, "parts"), architecture, precision);
        foreach (var stop in (int[])[1, 5, 6, 11])
            Assert.Throws<OperationCanceledException>(() => parts.Train(steps: 12, stopAfter: stop));
        parts.Train(steps: 12);

        Assert.Equal(whole.Losses(), parts.Losses());
        Assert.Equal(whole.Directory.Checkpoint(12).WeightsHash, parts.Directory.Checkpoint(12).WeightsHash);
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

    [Fact]
    public void Accumulating_micro_batches_equals_one_batch()
    {
        var one = new TinyRun(Path.Combine(root, "one"), "hgrn2", Precision.Fp32, microBatch: 4);
        var four = new TinyRun(Path.Combine(root, "four"), "hgrn2", Precision.Fp32, microBatch: 1);
        one.Train(steps: 3);
        four.Train(steps: 3);
        foreach (var (a, b) in one.Losses().Zip(four.Losses()))
            Assert.Equal(a, b, 1e-6);
    }

    [Fact]
    public void A_loss_that_is_not_finite_stops_before_the_update()
    {
        var run = new TinyRun(Path.Combine(root, "nan"), "llama", Precision.Fp32, peakLr: 1e30);
        var error = Assert.Throws<LinearScalingException>(() => run.Train(steps: 50));
        Assert.Contains("stopped before the update", error.Message, StringComparison.Ordinal);
        Assert.All(run.Directory.Checkpoints(), c => c.Verify());
    }

    [Fact]
    public void A_step_leaves_no_tensor_behind()
    {
        var run = new TinyRun(Path.Combine(root, "live"), "cosformer2", Precision.Fp32);
        run.Train(steps: 2);
        var before = Tensor.TotalCount;
        new TinyRun(Path.Combine(root, "live2"), "cosformer2", Precision.Fp32).Train(steps: 6);
        Assert.Equal(before, Tensor.TotalCount);
    }
}
