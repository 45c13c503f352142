namespace LinearScaling.Torch.Devices;

/// <summary>What the CPU can do, as the kernel lists it in /proc/cpuinfo.</summary>
public static class CpuFeatures
{
    /// <summary>The CPU's model name.</summary>
    public static string Model() =>
        Field("model name") ?? System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture.ToString();

    /// <summary>Whether AMD made it.</summary>
    public static bool IsAmd() => Field("vendor_id") == "AuthenticAMD";

    /// <summary>Whether bf16 products run in hardware.</summary>
    public static bool HasBf16() =>
        (Field("flags") ?? Field("Features") ?? "").Split(' ').Any(f => f is "avx512_bf16" or "amx_bf16" or "bf16");

    private static string? Field(string name) =>
        !File.Exists("/proc/cpuinfo")
            ? null
            : File.ReadLines("/proc/cpuinfo")
                .FirstOrDefault(l => l.StartsWith(name, StringComparison.Ordinal))
                ?.Split(':', 2)[1]
                .Trim();
}
