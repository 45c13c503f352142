using System.Runtime.InteropServices;

namespace LinearScaling.Torch.Training;

/// <summary>The host's memory.</summary>
public static partial class HostMemory
{
    /// <summary>Bytes that can be taken without swapping: MemAvailable on Linux, capped by the process's memory limit.</summary>
    public static long Available()
    {
        var limit = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (!File.Exists("/proc/meminfo"))
            return limit;
        var line = File.ReadLines("/proc/meminfo").FirstOrDefault(l => l.StartsWith("MemAvailable:", StringComparison.Ordinal));
        return line is null ? limit : Math.Min(limit, long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], System.Globalization.CultureInfo.InvariantCulture) * 1024);
    }

    /// <summary>
    /// Has the C library map every large tensor on its own, so that freeing one gives its pages back. By default glibc moves
    /// that bound up to 32 MiB as it meets larger blocks, and the activations of large models, below it, leave its heaps in
    /// holes: a TNL of 160 M parameters at 8,192 tokens peaked at 5.3 GB, and at 4.1 GB so. Small models are better off in the heap.
    /// </summary>
    public static void MapLargeTensors()
    {
        if (OperatingSystem.IsLinux() && NativeLibrary.TryLoad("libc.so.6", out var libc) && NativeLibrary.TryGetExport(libc, "mallopt", out _))
            _ = SetMallocOption(MmapThreshold, 4 << 20);
    }

    private const int MmapThreshold = -3;

    [LibraryImport("libc.so.6", EntryPoint = "mallopt")]
    private static partial int SetMallocOption(int option, int value);
}
