using System.Runtime.InteropServices;
using LinearScaling.Torch.Native;

namespace LinearScaling.Torch.Kernels.Cuda;

/// <summary>Where the rows of a tensor [batch, heads, time, width] are, as kernels take it (<c>Rows</c> in
/// <c>tiles.h</c>).</summary>
/// <param name="Memory">Of the first element.</param>
/// <param name="Batch">Elements from one sequence to the next.</param>
/// <param name="Head">Elements from one head to the next.</param>
/// <param name="Time">Elements from one token to the next.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct DeviceRows(nint Memory, long Batch, long Head, long Time)
{
    /// <summary>Kernels copy so many bytes at a time.</summary>
    private const int Together = 16;

    /// <param name="x">As <see cref="Readable"/> returns it, or new; to be kept alive while kernels use it.</param>
    public static DeviceRows In(Tensor x) => new(TensorMemory.Start(x), x.stride(0), x.stride(1), x.stride(2));

    /// <summary>The tensor, or a copy of it where kernels cannot read its rows as they lie.</summary>
    public static Tensor Readable(Tensor x)
    {
        var elements = Together / x.ElementSize;
        return x.stride(3) == 1
            && x.stride(0) % elements == 0
            && x.stride(1) % elements == 0
            && x.stride(2) % elements == 0
            && TensorMemory.Start(x) % Together == 0
                ? x
            : x.is_contiguous() ? x.clone()
            : x.contiguous();
    }
}
