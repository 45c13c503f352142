using System.Runtime.InteropServices;
using LinearScaling.Torch.Native;

namespace LinearScaling.Tests.Torch.Native;

/// <summary>What <c>lcs doctor</c> says of a process with and without <c>LCS_NATIVE=plain</c>:
/// <c>LibTorchLoadingTests</c>.</summary>
public class NativePatchTests
{
    [Fact]
    public void Every_patch_is_told_once_with_a_reason()
    {
        var patches = LibTorch.Load().Patches;
        Assert.Equal(
            ["symbol_version", "tensor_pool", "scalar_quarantine", "huge_pages", "kernel_cache"],
            patches.Select(p => p.Name)
        );
        Assert.All(patches, p => Assert.NotEmpty(p.Why));
        Assert.Same(patches, LibTorch.Load().Patches);
    }

    [Fact]
    public void What_has_no_pool_does_not_count()
    {
        var pool = LibTorch.Load().Patches.Single(p => p.Name == TensorPool.Name);
        TensorPool.ResetPeak(); // counts, even where another test met the end of memory
        Assert.Equal(pool.State == PatchState.On, TensorPool.PeakBytes is not null);
        Assert.Equal(pool.State == PatchState.On, TensorPool.LiveBytes is not null);
    }

    [Fact]
    public void A_library_without_the_function_to_redirect_is_left_alone()
    {
        Assert.SkipWhen(SystemMemory.Find() is null, "the quarantine is for Linux on x86-64 with glibc");
        Assert.Equal(
            new("scalar_quarantine", PatchState.NotPossible, "TorchSharp's library has no THSTorch_dispose_scalar"),
            ScalarQuarantine.Begin(NativeLibrary.Load("libc.so.6"))
        );
    }

    [Fact]
    public void A_libtorch_without_an_allocator_to_set_is_left_alone()
    {
        Assert.SkipWhen(SystemMemory.Find() is null, "the pool is for Linux on x86-64 with glibc");
        Assert.Equal(
            new("tensor_pool", PatchState.NotPossible, "this libtorch does not let its allocator be set"),
            TensorPool.Begin("libc.so.6", useHugePages: false)
        );
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData("", false)]
    [InlineData("plain", true)]
    public void The_variable_says_whether_the_patches_are_wanted(string? value, bool unwanted) =>
        With(value, () => Assert.Equal(unwanted, NativePatch.Unwanted()));

    [Fact]
    public void Another_value_is_a_mistake_that_says_what_to_do() =>
        With(
            "Plain",
            () =>
                Assert.Equal(
                    "LCS_NATIVE=Plain: unknown; leave it unset, or set it to plain to do without tensor_pool and "
                        + "scalar_quarantine",
                    Assert.Throws<LinearScalingException>(() => NativePatch.Unwanted()).Message
                )
        );

    private static void With(string? value, Action action)
    {
        var before = Environment.GetEnvironmentVariable(NativePatch.Variable);
        Environment.SetEnvironmentVariable(NativePatch.Variable, value);
        try
        {
            action();
        }
        finally
        {
            Environment.SetEnvironmentVariable(NativePatch.Variable, before);
        }
    }
}
