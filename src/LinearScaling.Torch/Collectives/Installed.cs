namespace LinearScaling.Torch.Collectives;

/// <summary>What this machine has for several processes; nothing is begun with it.</summary>
public static class Installed
{
    /// <summary>The MPI libraries, and their words for themselves.</summary>
    public static IReadOnlyList<(string Library, string Version)> Mpi() => MpiLibrary.Installed();

    /// <summary>NCCL's version, or null.</summary>
    public static string? Nccl() => NcclLibrary.Find()?.Version;

    /// <summary>Ports of InfiniBand and the like that are up, as <c>mlx5_0 400 Gb/sec (4X NDR)</c>.</summary>
    public static IReadOnlyList<string> Links()
    {
        const string folder = "/sys/class/infiniband";
        if (!Directory.Exists(folder))
            return [];
        return
        [
            .. Directory
                .EnumerateDirectories(folder)
                .SelectMany(card => Directory.EnumerateDirectories(Path.Combine(card, "ports")))
                .Where(port => Read(port, "state").Contains("ACTIVE", StringComparison.Ordinal))
                .Select(port =>
                    $"{Path.GetFileName(Path.GetDirectoryName(Path.GetDirectoryName(port)))} {Read(port, "rate")}"
                )
                .Order(StringComparer.Ordinal),
        ];
    }

    private static string Read(string port, string file) =>
        File.Exists(Path.Combine(port, file)) ? File.ReadAllText(Path.Combine(port, file)).Trim() : "";
}
