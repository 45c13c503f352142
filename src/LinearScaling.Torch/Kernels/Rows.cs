using LinearScaling.Torch.Native;
using LinearScaling.Torch.Native.Profiling;

namespace LinearScaling.Torch.Kernels;

/// <summary>Work on the rows of contiguous CPU tensors in managed code, on as many threads as torch computes
/// with.</summary>
internal static class Rows
{
    /// <summary>Below so many elements another thread costs more than it saves.</summary>
    private const long Grain = 1 << 15;

    /// <summary>Whether the row kernels can work on such a tensor: fp32 or bf16 in the host's memory.</summary>
    public static bool Fit(Tensor x) =>
        x.device_type == DeviceType.CPU && x.dtype is (ScalarType.Float32 or ScalarType.BFloat16);

    /// <summary>A tensor [batch, heads, time, width] not yet filled, like another on its device, in the memory of
    /// [batch, time, heads, width], as projections are.</summary>
    /// <param name="type">Null: that of the other.</param>
    public static Tensor New(Tensor like, ScalarType? type = null) =>
        empty([like.size(0), like.size(2), like.size(1), like.size(3)], type ?? like.dtype, like.device)
            .transpose(1, 2);

    /// <summary>Calls <paramref name="work"/> on parts of rows (from, to, number of the part) that cover all of
    /// them.</summary>
    /// <param name="name">What profiles call it.</param>
    /// <param name="width">Elements of a row.</param>
    public static void Run(string name, long rows, long width, Action<long, long, int> work)
    {
        using var measured = OperatorTimes.Kernel(name);
        var parts = Parts(rows, width);
        if (parts == 1)
            work(0, rows, 0);
        else
            StableAbi.ParallelFor(parts, i => work(rows * i / parts, rows * (i + 1) / parts, i));
    }

    /// <summary>How many parts <see cref="Run"/> makes.</summary>
    public static int Parts(long rows, long width) =>
        (int)Math.Clamp(Math.Min(rows, rows * width / Grain), 1, get_num_threads());
}
