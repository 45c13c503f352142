using System.Runtime.InteropServices;
using LinearScaling.Torch.Devices;
using LinearScaling.Torch.Native.Profiling;

namespace LinearScaling.Torch.Kernels.Cuda;

/// <summary>Events of the CUDA driver on the stream that libtorch computes on.</summary>
public sealed unsafe class CudaEvents : IEventClock
{
    /// <summary>Two a call: enough for a micro-batch of 131 thousand calls, forward and backward.</summary>
    private const int Events = 1 << 18;

    private readonly delegate* unmanaged<nint, nint, int> record;
    private readonly delegate* unmanaged<nint, int> synchronize;
    private readonly delegate* unmanaged<float*, nint, nint, int> elapsed;
    private readonly delegate* unmanaged<nint, int> destroy;
    private readonly ICudaFunctions contexts;
    private readonly ModuleFunctions driver;
    private readonly nint context;
    private readonly int device;
    private readonly nint[] events = new nint[Events];

    private CudaEvents(nint library, ICudaFunctions contexts, ModuleFunctions driver, nint context, int device)
    {
        (this.contexts, this.driver, this.context, this.device) = (contexts, driver, context, device);
        record = (delegate* unmanaged<nint, nint, int>)Export("cuEventRecord");
        synchronize = (delegate* unmanaged<nint, int>)Export("cuEventSynchronize");
        elapsed = (delegate* unmanaged<float*, nint, nint, int>)Export("cuEventElapsedTime");
        destroy = (delegate* unmanaged<nint, int>)Export("cuEventDestroy_v2");
        var create = (delegate* unmanaged<nint*, uint, int>)Export("cuEventCreate");
        _ = contexts.Within(
            context,
            () =>
            {
                for (var i = 0; i < events.Length; i++)
                    fixed (nint* one = &events[i])
                        if (create(one, 0) != 0)
                            return false;
                return true;
            },
            otherwise: false
        );
        nint Export(string name) => NativeLibrary.GetExport(library, name);
    }

    /// <summary>The events of a device; null where it is no GPU or the driver has none.</summary>
    public static CudaEvents? Open(Device device)
    {
        if (device.type != DeviceType.CUDA)
            return null;
        var index = Math.Max(0, device.index);
        try
        {
            return
                CudaLibrary.Load() is { } contexts
                && ModuleFunctions.Load() is { } driver
                && contexts.RetainContext(index) is { } context
                && CudaLibrary.TryLoad(out var library)
                ? new(library, contexts, driver, context, index)
                : null;
        }
        catch (EntryPointNotFoundException)
        {
            return null;
        }
    }

    public int Count => events.Length;

    public void Record(int index)
    {
        if (!contexts.PushContext(context))
            return;
        _ = record(events[index], driver.CurrentStream(device));
        contexts.PopContext();
    }

    public void Wait(int index) => contexts.Within(context, () => synchronize(events[index]), otherwise: -1);

    public long Since0(int index)
    {
        float milliseconds = 0;
        contexts.PushContext(context);
        _ = elapsed(&milliseconds, events[0], events[index]);
        contexts.PopContext();
        return (long)(milliseconds * 1e6);
    }

    public void Dispose() =>
        contexts.Within(context, () => Array.TrueForAll(events, e => destroy(e) == 0), otherwise: false);
}
