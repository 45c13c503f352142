using System.Runtime.InteropServices;
using LinearScaling.Torch.Native;

namespace LinearScaling.Tests.Torch.Native;

/// <summary>A training run that ended, once in hundreds, with an internal error of libtorch's scalars: the collector
/// had finalized the hidden factor of an addition while libtorch was reading it.</summary>
public class ScalarQuarantineTests
{
    [Fact]
    public void A_scalar_that_was_let_go_can_still_be_read()
    {
        RequireQuarantine();
        var scalar = NewScalar(1.5);
        DisposeScalar(scalar);
        for (var i = 0; i < 1000; i++)
            DisposeScalar(NewScalar(i));
        Assert.Equal(1.5, ReadScalar(scalar));
    }

    [Fact]
    public void Scalars_let_go_are_freed_in_the_end()
    {
        LibTorch.Load();
        var before = Environment.WorkingSet;
        for (var i = 0; i < 4_000_000; i++) // 190 MB, if none was
            DisposeScalar(NewScalar(i));
        Assert.InRange(Environment.WorkingSet - before, long.MinValue, 60L << 20);
    }

    [Fact]
    public void Collections_during_calls_change_no_sum()
    {
        RequireQuarantine();
        using var done = new CancellationTokenSource();
        var collector = new Thread(() =>
        {
            while (!done.IsCancellationRequested)
            {
                GC.Collect(0);
                GC.WaitForPendingFinalizers();
            }
        });
        collector.Start();
        try
        {
            using var x = ones(64);
            for (var i = 0; i < 30_000; i++)
            {
                using var scope = NewDisposeScope();
                Assert.Equal(64 * 4f, ((x + x) * 3 - x.add(x)).sum().item<float>());
            }
        }
        finally
        {
            done.Cancel();
            collector.Join();
        }
    }

    /// <summary>Without it these tests would read memory that is freed.</summary>
    private static void RequireQuarantine()
    {
        var quarantine = LibTorch.Load().Patches.Single(p => p.Name == ScalarQuarantine.Name);
        Assert.SkipUnless(quarantine.State == PatchState.On, $"no quarantine: {quarantine.Why}");
    }

    [DllImport("LibTorchSharp", EntryPoint = "THSTorch_float64_to_scalar")]
    private static extern nint NewScalar(double value);

    [DllImport("LibTorchSharp", EntryPoint = "THSTorch_scalar_to_float64")]
    private static extern double ReadScalar(nint scalar);

    [DllImport("LibTorchSharp", EntryPoint = "THSTorch_dispose_scalar")]
    private static extern void DisposeScalar(nint scalar);
}
