using System.Runtime.InteropServices;

namespace LinearScaling.Torch.Native;

/// <summary>Delays the release of TorchSharp's native scalars.</summary>
/// <remarks>
/// Nearly every call of TorchSharp makes a <see cref="Scalar"/> (<c>a + b</c> has a hidden factor of 1) and hands its
/// native pointer to libtorch without keeping the object alive. A collection during the call finalizes it, libtorch
/// then reads freed memory, and the step fails with an internal error, or goes on with another number. So the function
/// that frees a scalar is redirected, in this process, to one that frees it only after many more have followed.
/// </remarks>
internal static unsafe class ScalarQuarantine
{
    public const string Name = "scalar_quarantine";

    /// <summary>Scalars kept: those of thousands of calls, where outliving one call is enough. 48 bytes each.</summary>
    private const int Capacity = 1 << 16;

    private const int PageSize = 4096;

    // Unmanaged and allocated up front: a function that libtorch calls must not throw, so it must not allocate.
    private static nint* delayed;
    private static delegate* unmanaged<nint, void> delete;
    private static uint count;

    /// <summary>Redirects the function.</summary>
    /// <param name="binding">TorchSharp's library, loaded and not used yet.</param>
    public static NativePatch Begin(nint binding)
    {
        if (SystemMemory.Find() is not { } memory)
            return NotPossible("needs Linux on x86-64 with glibc");
        if (!NativeLibrary.TryGetExport(binding, "THSTorch_dispose_scalar", out var function))
            return NotPossible("TorchSharp's library has no THSTorch_dispose_scalar");
        if (
            !NativeLibrary.TryLoad("libstdc++.so.6", out var runtime)
            || !NativeLibrary.TryGetExport(runtime, "_ZdlPv", out var operatorDelete)
        )
            return NotPossible("no operator delete in libstdc++.so.6");

        // mov rax, address; jmp rax
        Span<byte> jump = [0x48, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xE0];
        BitConverter.TryWriteBytes(jump[2..], (nint)(delegate* unmanaged<nint, void>)&Release);
        var page = function & ~(PageSize - 1);
        var length = function + jump.Length - page;
        if (!memory.MakeWritableCode(page, length))
            return NotPossible("the system forbids to change code");
        delayed = (nint*)NativeMemory.AllocZeroed(Capacity, (nuint)sizeof(nint));
        delete = (delegate* unmanaged<nint, void>)operatorDelete;
        jump.CopyTo(new Span<byte>((void*)function, jump.Length));
        _ = memory.MakeExecutable(page, length);
        return new(Name, PatchState.On, $"a scalar is freed when {Capacity:N0} more have been let go");
    }

    private static NativePatch NotPossible(string why) => new(Name, PatchState.NotPossible, why);

    [UnmanagedCallersOnly]
    private static void Release(nint scalar)
    {
        if (scalar == 0)
            return;
        var oldest = Interlocked.Exchange(ref delayed[Interlocked.Increment(ref count) % Capacity], scalar);
        if (oldest != 0)
            delete(oldest);
    }
}
