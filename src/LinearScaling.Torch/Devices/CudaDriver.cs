using LinearScaling.Torch.Native;

namespace LinearScaling.Torch.Devices;

/// <summary>What the CUDA driver says about its devices, which TorchSharp does not tell.</summary>
public static class CudaDriver
{
    /// <summary>Device names in the order of their index; empty where libtorch has no CUDA or finds no
    /// device.</summary>
    public static IReadOnlyList<string> Devices()
    {
        if (NativeLibraries.InUse("libtorch_cuda.so") is null && OperatingSystem.IsLinux() || !cuda.is_available())
            return [];
        var driver = CudaLibrary.Load();
        return
        [
            .. Enumerable
                .Range(0, cuda.device_count())
                .Select(index => driver?.DeviceName(index) ?? $"CUDA device {index}"),
        ];
    }

    /// <summary>Free and total bytes of a device, or null where the driver does not say; libtorch keeps what it took,
    /// so that total - free is the peak of its processes.</summary>
    /// <param name="index">The device's index; its context has to be in use, as it is once a tensor is there.</param>
    public static (long Free, long Total)? Memory(int index) =>
        CudaLibrary.Load() is { } driver ? Memory(driver, index) : null;

    /// <summary>Whatever fails, the thread's context is the one before, and the device's is let go.</summary>
    internal static (long Free, long Total)? Memory(ICudaFunctions driver, int index)
    {
        if (driver.RetainContext(index) is not { } context)
            return null;
        try
        {
            return driver.Within(context, driver.MemoryInfo, null);
        }
        finally
        {
            driver.ReleaseContext(index);
        }
    }
}
