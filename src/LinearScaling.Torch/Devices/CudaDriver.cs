using System.Runtime.InteropServices;
using System.Text;
using LinearScaling.Torch.Native;

namespace LinearScaling.Torch.Devices;

/// <summary>What the CUDA driver says about its devices, which TorchSharp does not tell.</summary>
public static unsafe class CudaDriver
{
    /// <summary>Device names in the order of their index; empty where libtorch has no CUDA or finds no
    /// device.</summary>
    public static IReadOnlyList<string> Devices()
    {
        if (NativeLibraries.InUse("libtorch_cuda.so") is null && OperatingSystem.IsLinux() || !cuda.is_available())
            return [];
        var count = cuda.device_count();
        return [.. Enumerable.Range(0, count).Select(Name)];
    }

    private static string Name(int index)
    {
        Span<byte> name = stackalloc byte[256];
        name.Clear();
        return
            NativeLibrary.TryLoad(OperatingSystem.IsWindows() ? "nvcuda.dll" : "libcuda.so.1", out var driver)
            && NativeLibrary.TryGetExport(driver, "cuInit", out var init)
            && ((delegate* unmanaged<uint, int>)init)(0) == 0
            && NativeLibrary.TryGetExport(driver, "cuDeviceGet", out var get)
            && Get(get, index) is { } device
            && NativeLibrary.TryGetExport(driver, "cuDeviceGetName", out var getName)
            && Fill(getName, name, device)
            ? Encoding.ASCII.GetString(name[..name.IndexOf((byte)0)])
            : $"CUDA device {index}";
    }

    /// <summary>Free and total bytes of a device, or null where the driver does not say; libtorch keeps what it took,
    /// so that total - free is the peak of its processes.</summary>
    /// <param name="index">The device's index; its context has to be in use, as it is once a tensor is there.</param>
    public static (long Free, long Total)? Memory(int index)
    {
        nint context;
        nuint free,
            total;
        return
            NativeLibrary.TryLoad(OperatingSystem.IsWindows() ? "nvcuda.dll" : "libcuda.so.1", out var driver)
            && NativeLibrary.TryGetExport(driver, "cuInit", out var init)
            && ((delegate* unmanaged<uint, int>)init)(0) == 0
            && NativeLibrary.TryGetExport(driver, "cuDeviceGet", out var get)
            && Get(get, index) is { } device
            && NativeLibrary.TryGetExport(driver, "cuDevicePrimaryCtxRetain", out var retain)
            && ((delegate* unmanaged<nint*, int, int>)retain)(&context, device) == 0
            && NativeLibrary.TryGetExport(driver, "cuCtxPushCurrent_v2", out var push)
            && ((delegate* unmanaged<nint, int>)push)(context) == 0
            && NativeLibrary.TryGetExport(driver, "cuMemGetInfo_v2", out var info)
            && ((delegate* unmanaged<nuint*, nuint*, int>)info)(&free, &total) == 0
            && NativeLibrary.TryGetExport(driver, "cuCtxPopCurrent_v2", out var pop)
            && ((delegate* unmanaged<nint*, int>)pop)(&context) == 0
            && NativeLibrary.TryGetExport(driver, "cuDevicePrimaryCtxRelease_v2", out var release)
            && ((delegate* unmanaged<int, int>)release)(device) == 0
            ? ((long)free, (long)total)
            : null;
    }

    private static int? Get(nint function, int index)
    {
        int device;
        return ((delegate* unmanaged<int*, int, int>)function)(&device, index) == 0 ? device : null;
    }

    private static bool Fill(nint function, Span<byte> name, int device)
    {
        fixed (byte* start = name)
            return ((delegate* unmanaged<byte*, int, int, int>)function)(start, name.Length - 1, device) == 0;
    }
}
