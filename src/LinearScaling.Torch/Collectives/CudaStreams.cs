using System.Runtime.InteropServices;
using LinearScaling.Torch.Devices;

namespace LinearScaling.Torch.Collectives;

/// <summary>Streams of a GPU: libtorch's, which computes, and one that communicates beside it, each waiting for events
/// of the other.</summary>
internal sealed unsafe class CudaStreams : IDeviceStreams
{
    private const uint NonBlocking = 1;
    private const uint WithoutTimes = 2;

    [ThreadStatic]
    private static bool hasContext;

    private readonly int device;
    private readonly CudaLibrary driver = CudaLibrary.Load() ?? throw CollectiveMistakes.NoNccl();
    private readonly delegate* unmanaged<int, nint*, int> currentStream;
    private readonly delegate* unmanaged<nint*, uint, int> eventCreate;
    private readonly delegate* unmanaged<nint, int> eventDestroy;
    private readonly delegate* unmanaged<nint, nint, int> eventRecord;
    private readonly delegate* unmanaged<nint, int> eventQuery;
    private readonly delegate* unmanaged<nint, nint, uint, int> streamWaitEvent;
    private readonly delegate* unmanaged<nint, int> streamDestroy;
    private readonly nint computed; // an event
    private readonly nint communicated;

    public CudaStreams(int device)
    {
        this.device = device;
        var cuda = NativeLibrary.Load("libcuda.so.1");
        currentStream = (delegate* unmanaged<int, nint*, int>)
            NativeLibrary.GetExport(NativeLibrary.Load("libtorch_cuda.so"), "aoti_torch_get_current_cuda_stream");
        eventCreate = (delegate* unmanaged<nint*, uint, int>)NativeLibrary.GetExport(cuda, "cuEventCreate");
        eventDestroy = (delegate* unmanaged<nint, int>)NativeLibrary.GetExport(cuda, "cuEventDestroy_v2");
        eventRecord = (delegate* unmanaged<nint, nint, int>)NativeLibrary.GetExport(cuda, "cuEventRecord");
        eventQuery = (delegate* unmanaged<nint, int>)NativeLibrary.GetExport(cuda, "cuEventQuery");
        streamWaitEvent = (delegate* unmanaged<nint, nint, uint, int>)
            NativeLibrary.GetExport(cuda, "cuStreamWaitEvent");
        streamDestroy = (delegate* unmanaged<nint, int>)NativeLibrary.GetExport(cuda, "cuStreamDestroy_v2");
        TakeContext();
        nint stream;
        Check(
            ((delegate* unmanaged<nint*, uint, int>)NativeLibrary.GetExport(cuda, "cuStreamCreate"))(
                &stream,
                NonBlocking
            )
        );
        Communication = stream;
        (computed, communicated) = (NewEvent(), NewEvent());
    }

    public nint Communication { get; }

    public void BeginCommunication()
    {
        TakeContext();
        Check(eventRecord(computed, Computation()));
        Check(streamWaitEvent(Communication, computed, 0));
    }

    public nint Mark()
    {
        var mark = NewEvent();
        Check(eventRecord(mark, Communication));
        return mark;
    }

    public bool IsDone(nint mark)
    {
        const int notReady = 600;
        TakeContext();
        if (eventQuery(mark) == notReady)
            return false;
        _ = eventDestroy(mark);
        return true;
    }

    public void EndCommunication()
    {
        TakeContext();
        Check(eventRecord(communicated, Communication));
        Check(streamWaitEvent(Computation(), communicated, 0));
    }

    public void Dispose()
    {
        _ = eventDestroy(computed);
        _ = eventDestroy(communicated);
        _ = streamDestroy(Communication);
    }

    private nint NewEvent()
    {
        nint made;
        Check(eventCreate(&made, WithoutTimes));
        return made;
    }

    private nint Computation()
    {
        nint stream;
        Check(currentStream(device, &stream));
        return stream;
    }

    /// <summary>Makes libtorch's context this thread's, once; it stays.</summary>
    private void TakeContext()
    {
        if (hasContext)
            return;
        if (driver.RetainContext(device) is { } context)
            hasContext = driver.PushContext(context);
    }

    private static void Check(int code)
    {
        if (code != 0)
            throw new InvalidOperationException($"the CUDA driver failed with error {code}");
    }
}
