using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace LinearScaling.Torch.Native;

/// <summary>libtorch's exported C functions, found in the libtorch that TorchSharp loaded.</summary>
/// <remarks>
/// <c>torch_*</c> and <c>aoti_torch_*</c> are PyTorch's stable ABI ("LibTorch Stable ABI", since 2.7); a TorchSharp
/// <see cref="Tensor.Handle"/> is its AtenTensorHandle.
/// </remarks>
internal static unsafe class StableAbi
{
    private static readonly Lazy<nint> Library = new(Load);
    private static delegate* unmanaged<byte*, byte*, ulong*, ulong, int> callDispatcher;
    private static delegate* unmanaged<nint, nint*, int> newTensorHandle;
    private static delegate* unmanaged<nuint, nint*, int> newList;
    private static delegate* unmanaged<nint, ulong, int> pushBack;
    private static delegate* unmanaged<
        long,
        long,
        long,
        delegate* unmanaged<long, long, nint, void>,
        nint,
        int> parallelFor;
    private static ulong version;

    internal static bool TryExport(string symbol, out nint address) =>
        NativeLibrary.TryGetExport(Library.Value, symbol, out address);

    /// <summary>Calls an operator; the arguments on the stack are consumed, the results take their place.</summary>
    internal static bool CallDispatcher(ReadOnlySpan<byte> name, ReadOnlySpan<byte> overload, Span<ulong> stack)
    {
        if (callDispatcher == null)
        {
            version = ((delegate* unmanaged<ulong>)Export("aoti_torch_abi_version"))();
            callDispatcher = (delegate* unmanaged<byte*, byte*, ulong*, ulong, int>)Export("torch_call_dispatcher");
        }
        fixed (
            byte* n = name,
                o = overload
        )
        fixed (ulong* s = stack)
            return callDispatcher(n, o, s, version) == 0;
    }

    /// <summary>A new handle to the same tensor; whoever gets it owns it.</summary>
    internal static nint NewTensorHandle(Tensor tensor)
    {
        if (newTensorHandle == null)
            newTensorHandle = (delegate* unmanaged<nint, nint*, int>)Export("aoti_torch_new_tensor_handle");
        nint handle;
        Check(newTensorHandle(tensor.Handle, &handle), "aoti_torch_new_tensor_handle");
        GC.KeepAlive(tensor);
        return handle;
    }

    internal static nint NewList(int capacity)
    {
        if (newList == null)
            newList = (delegate* unmanaged<nuint, nint*, int>)Export("torch_new_list_reserve_size");
        nint list;
        Check(newList((nuint)capacity, &list), "torch_new_list_reserve_size");
        return list;
    }

    internal static void PushBack(nint list, ulong item)
    {
        if (pushBack == null)
            pushBack = (delegate* unmanaged<nint, ulong, int>)Export("torch_list_push_back");
        Check(pushBack(list, item), "torch_list_push_back");
    }

    /// <summary>Calls <paramref name="work"/> with every number below <paramref name="count"/>, on the threads that
    /// libtorch computes with.</summary>
    /// <exception cref="Exception">The first of those that <paramref name="work"/> threw.</exception>
    internal static void ParallelFor(int count, Action<int> work)
    {
        if (parallelFor == null)
            parallelFor = (delegate* unmanaged<
                long,
                long,
                long,
                delegate* unmanaged<long, long, nint, void>,
                nint,
                int>)Export("torch_parallel_for");
        var parts = new Parts(work);
        var context = GCHandle.Alloc(parts);
        try
        {
            Check(parallelFor(0, count, 1, &RunParts, GCHandle.ToIntPtr(context)), "torch_parallel_for");
        }
        finally
        {
            context.Free();
        }
        parts.Failure?.Throw();
    }

    [UnmanagedCallersOnly]
    private static void RunParts(long from, long to, nint context)
    {
        var parts = (Parts)GCHandle.FromIntPtr(context).Target!;
        try
        {
            for (var i = from; i < to; i++)
                parts.Work((int)i);
        }
        catch (Exception e) // libtorch's frames are between it and the caller
        {
            parts.Failure ??= ExceptionDispatchInfo.Capture(e);
        }
    }

    private sealed class Parts(Action<int> work)
    {
        public readonly Action<int> Work = work;
        public ExceptionDispatchInfo? Failure;
    }

    private static nint Export(string symbol) =>
        TryExport(symbol, out var address) ? address : throw NativeMistakes.NoExport(symbol);

    private static void Check(int code, string function)
    {
        if (code != 0)
            throw new InvalidOperationException($"libtorch's {function} failed");
    }

    /// <remarks>By bare file name: the dynamic loader answers with the library already in the process, wherever it came
    /// from. A second copy by another path would abort.</remarks>
    private static nint Load()
    {
        InitializeDeviceType(DeviceType.CPU); // TorchSharp loads libtorch
        return NativeLibrary.Load(
            OperatingSystem.IsWindows() ? "torch_cpu.dll"
            : OperatingSystem.IsMacOS() ? "libtorch_cpu.dylib"
            : "libtorch_cpu.so"
        );
    }
}
