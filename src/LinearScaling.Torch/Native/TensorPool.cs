using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace LinearScaling.Torch.Native;

/// <summary>The memory of large tensors on the CPU, kept for the next tensor when one is freed.</summary>
/// <remarks>
/// <para>
/// A step makes and drops thousands of tensors of the same few sizes. Each would be fresh memory, and having the kernel
/// clear it costs about as much as a pass over it. What is freed stays here, up to one bound: tensors and what is kept
/// exceed the most that tensors alone have taken so far by <see cref="Slack"/> at most. So hardly anything is saved at
/// the price of a higher peak.
/// </para>
/// <para>
/// libtorch asks a <c>c10::Allocator</c>. This is one: the table of functions of the one that was there, with another
/// <c>allocate</c>, a few instructions that ask <see cref="Take"/> and go on to the former where that declines, so that
/// running out of memory stays an exception of libtorch's. x86-64 Linux; elsewhere libtorch's own allocator stays.
/// </para>
/// </remarks>
public static unsafe partial class TensorPool
{
    /// <summary>
    /// Smaller blocks are left to the C library, which keeps them itself. Larger ones it scatters: aligned ones leave
    /// gaps that small ones settle in, so that its heap went on growing, into fresh pages, over the first thousand
    /// steps of a nano model.
    /// </summary>
    private const long Least = 64 << 10;

    private const long HugePage = 2 << 20;

    /// <summary>Bytes kept above the peak of the tensors: those of a few sizes that are wanted in turns where a step
    /// takes the most, or of the many shapes of an evaluation's batches.</summary>
    public const long Slack = 256 << 20;

    private static readonly Lock gate = new();
    private static readonly Dictionary<nint, long> live = [];
    private static readonly List<(nint Block, long Bytes)> kept = []; // oldest first
    private static delegate* unmanaged<nint, void> formerDelete;
    private static ulong device;
    private static bool contextFirst; // how this library's unique_ptr lays out context and deleter
    private static bool hugePages;
    private static long liveBytes;
    private static long keptBytes;

    /// <summary>The most bytes that large tensors have taken at once since <see cref="ResetPeak"/>; 0 where there is no
    /// pool.</summary>
    public static long PeakBytes { get; private set; }

    /// <summary>Bytes of the large tensors that are alive; 0 where there is no pool.</summary>
    public static long LiveBytes
    {
        get
        {
            lock (gate)
                return liveBytes;
        }
    }

    /// <summary>Begins to count <see cref="PeakBytes"/> anew, and gives back what is kept.</summary>
    public static void ResetPeak()
    {
        lock (gate)
        {
            Evict(long.MaxValue);
            PeakBytes = liveBytes;
        }
    }

    /// <summary>Becomes libtorch's allocator for the CPU; does nothing where libtorch or the machine are not as
    /// expected.</summary>
    /// <param name="useHugePages">Whether blocks ask the kernel for pages of 2 MiB.</param>
    internal static void Begin(bool useHugePages)
    {
        if (
            formerDelete != null
            || !OperatingSystem.IsLinux()
            || RuntimeInformation.ProcessArchitecture != Architecture.X64
            || !NativeLibrary.TryLoad("libc10.so", out var c10)
            || !NativeLibrary.TryGetExport(c10, "_ZN3c1015GetCPUAllocatorEv", out var get)
            || !NativeLibrary.TryGetExport(c10, "_ZN3c1015SetCPUAllocatorEPNS_9AllocatorEh", out var set)
        )
            return;
        var former = ((delegate* unmanaged<nint>)get)();
        var table = *(nint**)former;

        // What a DataPtr looks like is seen on one.
        var probe = stackalloc ulong[4];
        ((delegate* unmanaged<ulong*, nint, nuint, ulong*>)table[2])(probe, former, 64);
        contextFirst = probe[1] == probe[0];
        var deleter = (nint)(contextFirst ? probe[2] : probe[1]);
        if (
            !contextFirst && probe[2] != probe[0]
            || (probe[3] & 0xFFFF) != 0xFF00
            || ((delegate* unmanaged<nint, nint>)table[4])(former) != deleter
        )
            return;
        device = probe[3];
        formerDelete = (delegate* unmanaged<nint, void>)deleter;
        formerDelete((nint)probe[0]);
        hugePages = useHugePages;

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
        var page = Map(0, 4096, ReadWrite, PrivateAnonymous, -1, 0);
        if (page == -1)
            return;
        code.AsSpan().CopyTo(new Span<byte>((void*)page, code.Length));
        if (Protect(page, 4096, ReadExecute) != 0)
            return;

        // Two words before the functions say what the object is; they are: two destructors, allocate,
        // is_simple_data_ptr, raw_deleter, copy_data.
        const int words = 8;
        var copy = (nint*)NativeMemory.Alloc(words + 1, (nuint)sizeof(nint));
        new Span<nint>(table - 2, words).CopyTo(new Span<nint>(copy, words));
        copy[2 + 2] = page;
        copy[2 + 4] = page + code.Length - 11;
        copy[words] = (nint)(copy + 2); // the object: nothing but its table
        ((delegate* unmanaged<nint, byte, void>)set)((nint)(copy + words), byte.MaxValue);
        KeepSmallBlocks();
    }

    /// <summary>
    /// Has the C library keep its blocks as well, those of oneDNN among them. It learns what to keep from the large
    /// blocks it is given back, which it no longer sees; left alone it would return the end of its heap to the kernel
    /// at almost every call.
    /// </summary>
    private static void KeepSmallBlocks()
    {
        if (!NativeLibrary.TryLoad("libc.so.6", out var libc) || !NativeLibrary.TryGetExport(libc, "mallopt", out _))
            return; // another C library
        _ = SetMallocOption(MmapThreshold, 4 << 20);
        _ = SetMallocOption(TrimThreshold, 256 << 20);
    }

    /// <returns>0 where the former allocator is to do it.</returns>
    [UnmanagedCallersOnly]
    private static int Take(ulong* result, nint self, nuint size)
    {
        if ((long)size < Least)
            return 0;
        var bytes = ((long)size + 4095) & ~4095L;
        nint block;
        lock (gate)
        {
            block = Reuse(ref bytes);
            if (block == 0)
            {
                Evict(liveBytes + keptBytes + bytes - Math.Max(PeakBytes, liveBytes + bytes) - Slack);
                block = Fresh(bytes);
                if (block == 0)
                {
                    Evict(long.MaxValue);
                    block = Fresh(bytes);
                }
                if (block == 0)
                    return 0;
            }
            live.Add(block, bytes);
            liveBytes += bytes;
            PeakBytes = Math.Max(PeakBytes, liveBytes);
        }
        result[0] = (ulong)block;
        result[contextFirst ? 1 : 2] = (ulong)block;
        result[contextFirst ? 2 : 1] = (ulong)(delegate* unmanaged<nint, void>)&Give;
        result[3] = device;
        return 1;
    }

    [UnmanagedCallersOnly]
    private static void Give(nint block)
    {
        lock (gate)
        {
            if (live.Remove(block, out var bytes))
            {
                kept.Add((block, bytes));
                (liveBytes, keptBytes) = (liveBytes - bytes, keptBytes + bytes);
                return;
            }
        }
        formerDelete(block);
    }

    /// <summary>A kept block that is hardly larger, the last one freed among equals: the likeliest to be in a cache.
    /// Else 0.</summary>
    private static nint Reuse(ref long bytes)
    {
        var best = -1;
        for (var i = kept.Count - 1; i >= 0; i--)
            if (
                kept[i].Bytes >= bytes
                && kept[i].Bytes <= bytes + bytes / 8
                && (best < 0 || kept[i].Bytes < kept[best].Bytes)
            )
                best = i;
        if (best < 0)
            return 0;
        (var block, bytes) = kept[best];
        kept.RemoveAt(best);
        keptBytes -= bytes;
        return block;
    }

    /// <summary>Gives blocks back to the system, oldest first, until so many bytes are free.</summary>
    private static void Evict(long bytes)
    {
        var count = 0;
        for (; count < kept.Count && bytes > 0; count++)
        {
            _ = Unmap(kept[count].Block, (nuint)kept[count].Bytes);
            bytes -= kept[count].Bytes;
            keptBytes -= kept[count].Bytes;
        }
        kept.RemoveRange(0, count);
    }

    /// <summary>New memory, at a huge page's border where it holds one; 0 where there is none.</summary>
    private static nint Fresh(long bytes)
    {
        if (!hugePages || bytes < HugePage)
            return Map(0, (nuint)bytes, ReadWrite, PrivateAnonymous, -1, 0) is var small and not -1 ? small : 0;
        var all = Map(0, (nuint)(bytes + HugePage), ReadWrite, PrivateAnonymous, -1, 0);
        if (all == -1)
            return 0;
        var block = (nint)((all + HugePage - 1) & ~(HugePage - 1));
        if (block > all)
            _ = Unmap(all, (nuint)(block - all));
        if (all + HugePage > block)
            _ = Unmap((nint)(block + bytes), (nuint)(all + HugePage - block));
        _ = Advise(block, (nuint)bytes, HugePages);
        return block;
    }

    private const int ReadWrite = 3;
    private const int ReadExecute = 5;
    private const int PrivateAnonymous = 0x22;
    private const int HugePages = 14;
    private const int TrimThreshold = -1;
    private const int MmapThreshold = -3;

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial nint Map(nint address, nuint length, int access, int flags, int file, long offset);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(nint address, nuint length);

    [LibraryImport("libc", EntryPoint = "mprotect")]
    private static partial int Protect(nint address, nuint length, int access);

    [LibraryImport("libc.so.6", EntryPoint = "mallopt")]
    private static partial int SetMallocOption(int option, int value);

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nint address, nuint length, int advice);
}
