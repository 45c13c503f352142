using System.Runtime.Intrinsics;
using LinearScaling.Torch.Native;

namespace LinearScaling.Torch.Kernels;

/// <summary>Rows of one head of [batch, heads, time, width], where they lie; rows themselves are contiguous.</summary>
internal readonly unsafe struct HeadRows<T>(Tensor x, long batch, long head)
    where T : struct, IElements
{
    private readonly void* start =
        (byte*)TensorMemory.Start(x) + (batch * x.stride(0) + head * x.stride(1)) * x.ElementSize;
    private readonly long stride = x.stride(2);

    /// <summary>A row as fp32.</summary>
    public void Read(long row, float* to, long width)
    {
        var (at, j) = (row * stride, 0L);
        for (; j + IElements.Width <= width; j += IElements.Width)
            T.Load(start, at + j).Store(to + j);
        for (; j < width; j++)
            to[j] = T.One(start, at + j);
    }

    /// <summary>Overwrites rows.</summary>
    /// <param name="from">The first of them, in fp32.</param>
    /// <param name="distance">Elements to the next.</param>
    public void Write(float* from, long distance, long row, long count, long width)
    {
        for (var i = 0L; i < count; i++, from += distance)
        {
            var (at, j) = ((row + i) * stride, 0L);
            for (; j + IElements.Width <= width; j += IElements.Width)
                T.Store(Vector512.Load(from + j), start, at + j);
            for (; j < width; j++)
                T.StoreOne(from[j], start, at + j);
        }
    }
}
