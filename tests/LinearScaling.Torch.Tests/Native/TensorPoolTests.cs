using LinearScaling.Torch.Native;

namespace LinearScaling.Tests.Torch.Native;

public class TensorPoolTests
{
    private const int Elements = 1 << 20;

    [Fact]
    public void A_freed_tensor_s_memory_serves_the_next_one()
    {
        RequirePool();
        TensorPool.ResetPeak();
        var before = TensorPool.PeakBytes!.Value;
        for (var i = 0; i < 100; i++)
        {
            using var scope = NewDisposeScope();
            var x = full([Elements], i, ScalarType.Float32);
            Assert.Equal(i, x[Elements - 1].item<float>());
        }
        Assert.Equal(4L * Elements, TensorPool.PeakBytes!.Value - before);
    }

    [Fact]
    public void Tensors_and_what_is_kept_hardly_exceed_the_most_that_tensors_took()
    {
        RequirePool();
        TensorPool.ResetPeak();
        var (peak, resident) = (TensorPool.PeakBytes!.Value, Environment.WorkingSet);
        // each too small for what the one before left
        for (var size = 8 * Elements; size > 2 * Elements; size -= Elements / 8)
        {
            using var x = full([size], 1, ScalarType.Float32);
        }
        Assert.Equal(4L * 8 * Elements, TensorPool.PeakBytes!.Value - peak);
        Assert.InRange(Environment.WorkingSet - resident, long.MinValue, 2 * 4L * 8 * Elements + TensorPool.Slack);
    }

    [Fact]
    public void Threads_may_take_and_give_at_once()
    {
        RequirePool();
        var wrong = new int[4];
        var threads = Enumerable
            .Range(0, wrong.Length)
            .Select(t => new Thread(() =>
            {
                for (var i = 0; i < 200; i++)
                {
                    using var scope = NewDisposeScope();
                    var x = full([Elements / 2 + i * 1024], t, ScalarType.Float32);
                    wrong[t] += (x + x)[0].item<float>() == 2 * t ? 0 : 1;
                }
            }))
            .ToList();
        threads.ForEach(t => t.Start());
        threads.ForEach(t => t.Join());
        Assert.All(wrong, count => Assert.Equal(0, count));
    }

    [Fact]
    public void Memory_that_is_not_there_is_libtorch_s_error()
    {
        RequirePool();
        var error = Assert.ThrowsAny<Exception>(() => empty([1L << 46], ScalarType.Float32));
        Assert.Contains("allocate memory", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Tensors_past_the_pool_s_bound_are_libtorch_s_own()
    {
        RequirePool();
        TensorPool.ResetPeak();
        var tensors = new Tensor[TensorPool.LiveBlocks + 100];
        for (var i = 0; i < tensors.Length; i++)
        {
            using var scope = NewDisposeScope();
            tensors[i] = empty([64 << 10], ScalarType.Byte).MoveToOuterDisposeScope();
            tensors[i][0] = tensor(i % 251, ScalarType.Byte);
        }
        Assert.Null(TensorPool.PeakBytes); // not all were counted
        Assert.Null(TensorPool.LiveBytes);
        for (var i = 0; i < tensors.Length; i++)
        {
            using var scope = NewDisposeScope();
            Assert.Equal(i % 251, tensors[i][0].item<byte>());
            tensors[i].Dispose();
        }
        TensorPool.ResetPeak(); // counts again, and gives back what is kept
        Assert.InRange(TensorPool.LiveBytes!.Value, 0, 64L << 20);
    }

    private static void RequirePool()
    {
        var pool = LibTorch.Load().Patches.Single(p => p.Name == TensorPool.Name);
        Assert.SkipUnless(pool.State == PatchState.On, $"no pool: {pool.Why}");
    }
}
