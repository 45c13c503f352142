using System.Runtime.InteropServices;
using System.Text;

namespace LinearScaling.Torch.Devices;

/// <summary>The functions of the CUDA driver that lcs calls; those that fail say so by null or false.</summary>
internal interface ICudaFunctions
{
    /// <summary>cuDevicePrimaryCtxRetain: the context that libtorch uses on a device.</summary>
    nint? RetainContext(int index);

    /// <summary>cuDevicePrimaryCtxRelease.</summary>
    void ReleaseContext(int index);

    /// <summary>cuCtxPushCurrent: makes a context this thread's.</summary>
    bool PushContext(nint context);

    /// <summary>cuCtxPopCurrent: the one before is this thread's again.</summary>
    void PopContext();

    /// <summary>cuMemGetInfo: bytes of the device of this thread's context.</summary>
    (long Free, long Total)? MemoryInfo();

    /// <summary>Works in a context, after which the thread's is the one before.</summary>
    /// <returns>What the work does, or <paramref name="otherwise"/> where the context cannot be entered.</returns>
    T Within<T>(nint context, Func<T> work, T otherwise)
    {
        if (!PushContext(context))
            return otherwise;
        try
        {
            return work();
        }
        finally
        {
            PopContext();
        }
    }
}

/// <summary>The CUDA driver of this machine.</summary>
internal sealed unsafe class CudaLibrary : ICudaFunctions
{
    private readonly delegate* unmanaged<int*, int, int> deviceGet;
    private readonly delegate* unmanaged<byte*, int, int, int> deviceGetName;
    private readonly delegate* unmanaged<nint*, int, int> retain;
    private readonly delegate* unmanaged<int, int> release;
    private readonly delegate* unmanaged<nint, int> push;
    private readonly delegate* unmanaged<nint*, int> pop;
    private readonly delegate* unmanaged<nuint*, nuint*, int> memoryInfo;

    private CudaLibrary(nint library)
    {
        deviceGet = (delegate* unmanaged<int*, int, int>)NativeLibrary.GetExport(library, "cuDeviceGet");
        deviceGetName = (delegate* unmanaged<byte*, int, int, int>)NativeLibrary.GetExport(library, "cuDeviceGetName");
        retain = (delegate* unmanaged<nint*, int, int>)NativeLibrary.GetExport(library, "cuDevicePrimaryCtxRetain");
        release = (delegate* unmanaged<int, int>)NativeLibrary.GetExport(library, "cuDevicePrimaryCtxRelease_v2");
        push = (delegate* unmanaged<nint, int>)NativeLibrary.GetExport(library, "cuCtxPushCurrent_v2");
        pop = (delegate* unmanaged<nint*, int>)NativeLibrary.GetExport(library, "cuCtxPopCurrent_v2");
        memoryInfo = (delegate* unmanaged<nuint*, nuint*, int>)NativeLibrary.GetExport(library, "cuMemGetInfo_v2");
    }

    /// <summary>The driver, ready to be asked; null where there is none, or one older than CUDA 11.</summary>
    public static CudaLibrary? Load()
    {
        if (
            !TryLoad(out var library)
            || !NativeLibrary.TryGetExport(library, "cuInit", out var initialize)
            || ((delegate* unmanaged<uint, int>)initialize)(0) != 0
        )
            return null;
        try
        {
            return new CudaLibrary(library);
        }
        catch (EntryPointNotFoundException)
        {
            return null;
        }
    }

    /// <summary>The driver's library, whatever it has.</summary>
    public static bool TryLoad(out nint library) =>
        NativeLibrary.TryLoad(OperatingSystem.IsWindows() ? "nvcuda.dll" : "libcuda.so.1", out library);

    public string? DeviceName(int index)
    {
        Span<byte> name = stackalloc byte[256];
        name.Clear();
        fixed (byte* start = name)
            return Device(index) is { } device && deviceGetName(start, name.Length - 1, device) == 0
                ? Encoding.ASCII.GetString(name[..name.IndexOf((byte)0)])
                : null;
    }

    public nint? RetainContext(int index)
    {
        nint context;
        return Device(index) is { } device && retain(&context, device) == 0 ? context : null;
    }

    public void ReleaseContext(int index)
    {
        if (Device(index) is { } device)
            _ = release(device);
    }

    public bool PushContext(nint context) => push(context) == 0;

    public void PopContext()
    {
        nint context;
        _ = pop(&context);
    }

    public (long Free, long Total)? MemoryInfo()
    {
        nuint free,
            total;
        return memoryInfo(&free, &total) == 0 ? ((long)free, (long)total) : null;
    }

    private int? Device(int index)
    {
        int device;
        return deviceGet(&device, index) == 0 ? device : null;
    }
}
