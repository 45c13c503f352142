using System.Runtime.InteropServices;

namespace LinearScaling.Torch.Native;

/// <summary>The bytes of a contiguous CPU tensor, in place: any element type, any size.</summary>
internal static unsafe partial class TensorMemory
{
    /// <summary>Bytes per system call: within every kernel's limit, and small enough to stay in cache from hashing to
    /// writing.</summary>
    private const int ChunkBytes = 4 << 20;

    internal delegate void ChunkAction(Span<byte> chunk, long offset);

    /// <summary>Calls <paramref name="action"/> on the tensor's memory from first byte to last.</summary>
    internal static void ForEachChunk(Tensor tensor, ChunkAction action)
    {
        var bytes = tensor.numel() * tensor.ElementSize;
        if (bytes == 0)
            return;
        var start = (byte*)THSTensor_data(tensor.Handle);
        for (var offset = 0L; offset < bytes; offset += ChunkBytes)
            action(new Span<byte>(start + offset, (int)Math.Min(ChunkBytes, bytes - offset)), offset);
        GC.KeepAlive(tensor);
    }

    /// <summary>The first byte; the tensor has to be kept alive while it is used.</summary>
    internal static nint Start(Tensor tensor) => THSTensor_data(tensor.Handle);

    [LibraryImport("LibTorchSharp")]
    private static partial nint THSTensor_data(nint tensor);
}
