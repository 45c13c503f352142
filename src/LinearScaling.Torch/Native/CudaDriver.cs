using System.Runtime.InteropServices;
using System.Text;

namespace LinearScaling.Torch.Native;

/// <summary>What the CUDA driver says about its devices, which TorchSharp does not tell.</summary>
internal static unsafe class CudaDriver
{
    /// <summary>Device names in the order of their index; empty where libtorch has no CUDA or finds no device.</summary>
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
        return NativeLibrary.TryLoad(OperatingSystem.IsWindows() ? "nvcuda.dll" : "libcuda.so.1", out var driver)
            && NativeLibrary.TryGetExport(driver, "cuInit", out var init) && ((delegate* unmanaged<uint, int>)init)(0) == 0
            && NativeLibrary.TryGetExport(driver, "cuDeviceGet", out var get) && Get(get, index) is { } device
            && NativeLibrary.TryGetExport(driver, "cuDeviceGetName", out var getName) && Fill(getName, name, device)
            ? Encoding.ASCII.GetString(name[..name.IndexOf((byte)0)])
            : $"CUDA device {index}";
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
