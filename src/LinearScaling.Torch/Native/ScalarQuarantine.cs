using System.Runtime.InteropServices;

namespace LinearScaling.Torch.Native;

/// <summary>Keeps the native side of TorchSharp's scalars alive for a while after TorchSharp lets go of it.</summary>
/// <remarks>
/// Nearly every call of TorchSharp makes a <see cref="Scalar"/> (<c>a + b</c> has a hidden factor of 1) and hands its
/// native pointer to libtorch without keeping the object alive. A collection during the call finalizes it, libtorch
/// then reads freed memory, and the step fails with an internal error, or goes on with another number. So the function
/// that frees a scalar is redirected, in this process, to one that first holds on to it until many more have followed.
/// </remarks>
internal static unsafe partial class ScalarQuarantine
{
    /// <summary>Scalars held: those of thousands of calls, where one call is all that has to be outlived. 48 bytes
    /// each.</summary>
    private const int Capacity = 1 << 16;

    private const int PageSize = 4096;
    private const int ReadWriteExecute = 7;
    private const int ReadExecute = 5;

    private static readonly nint[] held = new nint[Capacity];
    private static delegate* unmanaged<nint, void> delete;
    private static uint count;

    /// <summary>Redirects the function; does nothing where this processor, system or library is not as
    /// expected.</summary>
    /// <param name="binding">TorchSharp's library, loaded and not used yet.</param>
    public static void Begin(nint binding)
    {
        if (
            delete != null
            || !OperatingSystem.IsLinux()
            || RuntimeInformation.ProcessArchitecture != Architecture.X64
            || !NativeLibrary.TryGetExport(binding, "THSTorch_dispose_scalar", out var function)
            || !NativeLibrary.TryLoad("libstdc++.so.6", out var runtime)
            || !NativeLibrary.TryGetExport(runtime, "_ZdlPv", out var operatorDelete)
        )
            return;

        // mov rax, address; jmp rax
        Span<byte> jump = [0x48, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xE0];
        BitConverter.TryWriteBytes(jump[2..], (nint)(delegate* unmanaged<nint, void>)&Release);
        var page = function & ~(PageSize - 1);
        var length = (nuint)(function + jump.Length - page);
        if (Protect(page, length, ReadWriteExecute) != 0)
            return; // a system that forbids it
        delete = (delegate* unmanaged<nint, void>)operatorDelete;
        jump.CopyTo(new Span<byte>((void*)function, jump.Length));
        _ = Protect(page, length, ReadExecute);
    }

    [UnmanagedCallersOnly]
    private static void Release(nint scalar)
    {
        if (scalar == 0)
            return;
        var oldest = Interlocked.Exchange(ref held[Interlocked.Increment(ref count) % Capacity], scalar);
        if (oldest != 0)
            delete(oldest);
    }

    [LibraryImport("libc", EntryPoint = "mprotect")]
    private static partial int Protect(nint address, nuint length, int access);
}
