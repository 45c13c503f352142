namespace LinearScaling.Torch.Native;

/// <summary>The tensor engine of this process: which libtorch was loaded, what lcs changed in it, and what it can do
/// here.</summary>
/// <param name="Path">The libtorch_cpu library in use.</param>
/// <param name="Version">Its version, as 2.10.0.</param>
/// <param name="Patches">Every change that lcs makes to native libraries, made or not.</param>
/// <param name="Threads">Threads libtorch computes with unless told otherwise.</param>
public sealed record LibTorch(string Path, string Version, IReadOnlyList<NativePatch> Patches, int Threads)
{
    /// <summary>Names the lib folder of a PyTorch installation to run on, in place of the libtorch beside the
    /// program.</summary>
    public const string FolderVariable = "LCS_LIBTORCH";

    private static readonly Lazy<LibTorch> Loaded = new(LoadOnce);

    /// <summary>Loads and patches libtorch before the first tensor; later calls answer with the same.</summary>
    /// <exception cref="LinearScalingException">A library is missing or does not load, or
    /// <see cref="NativePatch.Variable"/> is unknown; the message says which and what to do.</exception>
    public static LibTorch Load() => Loaded.Value;

    /// <summary>Applies every patch; nothing else does.</summary>
    private static LibTorch LoadOnce()
    {
        var plain = NativePatch.Unwanted();
        var settings = EngineSettings.Set();
        var (binding, symbolVersion) = NativeLibraries.Load(Environment.GetEnvironmentVariable(FolderVariable));
        var quarantine = plain ? NativePatch.LeftOut(ScalarQuarantine.Name) : ScalarQuarantine.Begin(binding);
        InitializeDeviceType(DeviceType.CPU);
        var pool = plain
            ? NativePatch.LeftOut(TensorPool.Name)
            : TensorPool.Begin("libc10.so", useHugePages: EngineSettings.HugePages);
        var path = NativeLibraries.InUse("libtorch_cpu.so") ?? "libtorch_cpu";
        return new LibTorch(path, AbiVersion(), [symbolVersion, pool, quarantine, .. settings], get_num_threads());
    }

    private static unsafe string AbiVersion()
    {
        if (!StableAbi.TryExport("aoti_torch_abi_version", out var function))
            return "unknown";
        var version = ((delegate* unmanaged<ulong>)function)(); // a byte each for major, minor and patch, from the top
        return $"{version >> 56}.{(version >> 48) & 0xff}.{(version >> 40) & 0xff}";
    }
}
