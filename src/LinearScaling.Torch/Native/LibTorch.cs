namespace LinearScaling.Torch.Native;

/// <summary>The tensor engine of this process: which libtorch was loaded, and what it can do here.</summary>
/// <param name="Path">The libtorch_cpu library in use.</param>
/// <param name="Version">Its version, as 2.10.0.</param>
/// <param name="Patch">Why TorchSharp's library loads on this machine.</param>
/// <param name="Threads">Threads libtorch computes with unless told otherwise.</param>
public sealed record LibTorch(string Path, string Version, string Patch, int Threads)
{
    /// <summary>Names the lib folder of a PyTorch installation to run on, in place of the libtorch beside the
    /// program.</summary>
    public const string FolderVariable = "LCS_LIBTORCH";

    private static readonly Lazy<LibTorch> loaded = new(LoadOnce);

    /// <summary>Loads libtorch before the first tensor; later calls answer with the same.</summary>
    /// <exception cref="LinearScalingException">A library is missing or does not load; the message says which and what
    /// to do.</exception>
    public static LibTorch Load() => loaded.Value;

    private static LibTorch LoadOnce()
    {
        var patch = OperatingSystem.IsLinux()
            ? NativeLibraries.Load(Environment.GetEnvironmentVariable(FolderVariable))
            : "not needed on this system";
        InitializeDeviceType(DeviceType.CPU);
        TensorPool.Begin(useHugePages: Environment.GetEnvironmentVariable("THP_MEM_ALLOC_ENABLE") != "0");
        var path = NativeLibraries.InUse("libtorch_cpu.so") ?? "libtorch_cpu";
        return new LibTorch(path, AbiVersion(), patch, get_num_threads());
    }

    private static unsafe string AbiVersion()
    {
        if (!StableAbi.TryExport("aoti_torch_abi_version", out var function))
            return "unknown";
        var version = ((delegate* unmanaged<ulong>)function)(); // a byte each for major, minor and patch, from the top
        return $"{version >> 56}.{(version >> 48) & 0xff}.{(version >> 40) & 0xff}";
    }
}
