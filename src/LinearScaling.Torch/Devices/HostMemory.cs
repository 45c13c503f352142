namespace LinearScaling.Torch.Devices;

/// <summary>The host's memory.</summary>
public static class HostMemory
{
    /// <summary>Bytes that can be taken without swapping: MemAvailable on Linux, capped by the process's memory
    /// limit.</summary>
    public static long Available()
    {
        var limit = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (!File.Exists("/proc/meminfo"))
            return limit;
        var line = File.ReadLines("/proc/meminfo")
            .FirstOrDefault(l => l.StartsWith("MemAvailable:", StringComparison.Ordinal));
        return line is null
            ? limit
            : Math.Min(
                limit,
                long.Parse(
                    line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
                    System.Globalization.CultureInfo.InvariantCulture
                ) * 1024
            );
    }
}
