using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace LinearScaling.Torch.Native;

/// <summary>The memory of large tensors on the CPU, kept for the next tensor when one is freed.</summary>
/// <remarks>
/// <para> A step makes and drops thousands of tensors of the same few sizes. Each would be fresh memory, which the
/// kernel clears at about the cost of a pass over it. Freed memory stays in this pool instead. Memory in use and free
/// memory together exceed the peak of the tensors by at most <see cref="Slack"/>, so the pool hardly raises the peak.
/// The benchmarks' ALLOCATORS.md compares the alternatives.
/// </para>
/// <para> libtorch allocates through a <c>c10::Allocator</c>. This one copies the existing allocator's function table
/// and replaces <c>allocate</c> by a few instructions, which call <see cref="Take"/> and, when that declines, jump to
/// the former <c>allocate</c>. Running out of memory thus stays libtorch's own exception. x86-64 Linux only; elsewhere
/// libtorch's own allocator stays.
/// </para>
/// </remarks>
public static unsafe class TensorPool
{
    internal const string Name = "tensor_pool";

    /// <inheritdoc cref="BlockPool.Slack"/>
    public const long Slack = BlockPool.Slack;

    /// <summary>
    /// Smaller blocks are left to the C library, which keeps them itself. Larger ones fragment its heap: small blocks
    /// fill the gaps between aligned ones, and the heap of a nano model kept growing for a thousand steps.
    /// </summary>
    private const long Least = 64 << 10;

    /// <summary>Large tensors alive at once; libtorch's own allocator serves any more.</summary>
    internal const int LiveBlocks = 1 << 15;

    private const int KeptBlocks = 1 << 13;

    private static BlockPool? pool;
    private static delegate* unmanaged<nint, void> formerDelete;
    private static ulong device;
    private static bool contextFirst; // how this library's unique_ptr lays out context and deleter

    /// <summary>The most bytes in large tensors at once since <see cref="ResetPeak"/>; null when not all were counted:
    /// there is no pool, its table is full, or memory ran out.</summary>
    public static long? PeakBytes => pool?.PeakBytes;

    /// <summary>Bytes of the large tensors that are alive; null as <see cref="PeakBytes"/> is.</summary>
    public static long? LiveBytes => pool?.LiveBytes;

    /// <summary>Restarts <see cref="PeakBytes"/> and returns the free blocks to the system.</summary>
    public static void ResetPeak() => pool?.ResetPeak();

    /// <summary>Becomes libtorch's allocator for the CPU.</summary>
    /// <param name="library">The one that keeps libtorch's allocator: libc10.so.</param>
    /// <param name="useHugePages">Whether blocks ask the kernel for pages of 2 MiB.</param>
    internal static NativePatch Begin(string library, bool useHugePages)
    {
        if (SystemMemory.Find() is not { } memory)
            return NotPossible("needs Linux on x86-64 with glibc");
        if (
            !NativeLibrary.TryLoad(library, out var c10)
            || !NativeLibrary.TryGetExport(c10, "_ZN3c1015GetCPUAllocatorEv", out var get)
            || !NativeLibrary.TryGetExport(c10, "_ZN3c1015SetCPUAllocatorEPNS_9AllocatorEh", out var set)
        )
            return NotPossible("this libtorch does not let its allocator be set");
        var former = ((delegate* unmanaged<nint>)get)();
        var table = *(nint**)former;

        // The layout of a DataPtr is read off one.
        var probe = stackalloc ulong[4];
        ((delegate* unmanaged<ulong*, nint, nuint, ulong*>)table[2])(probe, former, 64);
        contextFirst = probe[1] == probe[0];
        var deleter = (nint)(contextFirst ? probe[2] : probe[1]);
        if (
            !contextFirst && probe[2] != probe[0]
            || (probe[3] & 0xFFFF) != 0xFF00
            || ((delegate* unmanaged<nint, nint>)table[4])(former) != deleter
        )
            return NotPossible("this libtorch's allocator is not laid out as that of 2.10");
        device = probe[3];
        formerDelete = (delegate* unmanaged<nint, void>)deleter;
        formerDelete((nint)probe[0]);

        var take = (nint)(delegate* unmanaged<ulong*, nint, nuint, int>)&Take;
        // csharpier-ignore
        ImmutableArray<byte> code =
        [
            0x53, 0x41, 0x54, 0x41, 0x55, // push rbx; push r12; push r13
            0x48, 0x89, 0xFB, 0x49, 0x89, 0xF4, 0x49, 0x89, 0xD5, // rbx = result; r12 = this; r13 = bytes
            0x48, 0xB8, .. BitConverter.GetBytes(take), 0xFF, 0xD0, // rax = Take(result, this, bytes)
            0x85, 0xC0, // test eax, eax
            0x48, 0x89, 0xDF, 0x4C, 0x89, 0xE6, 0x4C, 0x89, 0xEA, // the arguments again
            0x48, 0x89, 0xD8, // rax = result
            0x41, 0x5D, 0x41, 0x5C, 0x5B, // pop r13; pop r12; pop rbx
            0x74, 0x01, 0xC3, // declined: go on; else return
            0x48, 0xB8, .. BitConverter.GetBytes(table[2]), 0xFF, 0xE0, // to the former allocate
            0x48, 0xB8, .. BitConverter.GetBytes((nint)(delegate* unmanaged<nint, void>)&Give), 0xC3, // raw_deleter
        ];
        var page = memory.Map(code.Length);
        if (page == 0)
            return NotPossible("the system has no memory for its code");
        code.AsSpan().CopyTo(new Span<byte>((void*)page, code.Length));
        if (!memory.MakeExecutable(page, code.Length))
            return NotPossible("the system forbids to make code");

        // Two words before the functions say what the object is; they are: two destructors, allocate,
        // is_simple_data_ptr, raw_deleter, copy_data.
        const int words = 8;
        var copy = (nint*)NativeMemory.Alloc(words + 1, (nuint)sizeof(nint));
        new Span<nint>(table - 2, words).CopyTo(new Span<nint>(copy, words));
        copy[2 + 2] = page;
        copy[2 + 4] = page + code.Length - 11;
        copy[words] = (nint)(copy + 2); // the object: nothing but its table
        pool = new BlockPool(memory, LiveBlocks, KeptBlocks, useHugePages);
        ((delegate* unmanaged<nint, byte, void>)set)((nint)(copy + words), byte.MaxValue);
        KeepSmallBlocks();
        return new(Name, PatchState.On, "the memory of freed tensors is kept for the next ones");
    }

    private static NativePatch NotPossible(string why) => new(Name, PatchState.NotPossible, why);

    /// <summary>
    /// Makes the C library keep its blocks too, oneDNN's among them. It adapts its thresholds to the large blocks that
    /// it frees, and no longer sees any; on its own it would return the end of its heap to the kernel at almost every
    /// call.
    /// </summary>
    private static void KeepSmallBlocks()
    {
        const int trimThreshold = -1;
        const int mmapThreshold = -3;
        if (
            !NativeLibrary.TryLoad("libc.so.6", out var libc)
            || !NativeLibrary.TryGetExport(libc, "mallopt", out var set)
        )
            return;
        _ = ((delegate* unmanaged<int, int, int>)set)(mmapThreshold, 4 << 20);
        _ = ((delegate* unmanaged<int, int, int>)set)(trimThreshold, 256 << 20);
    }

    /// <returns>0 when the former allocator should serve the request.</returns>
    [UnmanagedCallersOnly]
    private static int Take(ulong* result, nint self, nuint size)
    {
        if (size < (nuint)Least || size > long.MaxValue / 2)
            return 0;
        var block = pool!.Take((long)size);
        if (block == 0)
            return 0;
        result[0] = (ulong)block;
        result[contextFirst ? 1 : 2] = (ulong)block;
        result[contextFirst ? 2 : 1] = (ulong)(delegate* unmanaged<nint, void>)&Give;
        result[3] = device;
        return 1;
    }

    [UnmanagedCallersOnly]
    private static void Give(nint block)
    {
        if (!pool!.Give(block))
            formerDelete(block);
    }
}
