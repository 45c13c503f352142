using LinearScaling.Torch.Native;

namespace LinearScaling.Torch.Kernels.Scan;

/// <summary>The rows of a tensor [batch, heads, time, width] where they lie in the host's memory; those of a head are
/// usually far apart.</summary>
/// <param name="Start">The first element.</param>
internal readonly unsafe record struct StridedRows(nint Start, long Batch, long Head, long Step, int Width)
{
    /// <param name="x">[batch, heads, time, width], each row contiguous.</param>
    public static StridedRows In(Tensor x) =>
        new(TensorMemory.Start(x), x.stride(0), x.stride(1), x.stride(2), (int)x.size(3));

    /// <summary>Index of the first element of a token's row.</summary>
    public long Index(long batch, long head, long token) => batch * Batch + head * Head + token * Step;

    public void* Memory => (void*)Start;
}
