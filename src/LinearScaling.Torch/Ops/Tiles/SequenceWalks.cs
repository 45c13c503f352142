using LinearScaling.Torch.Kernels.Cuda;

namespace LinearScaling.Torch.Ops.Tiles;

/// <summary>Which walk computes a chunked operator.</summary>
internal static class SequenceWalks
{
    /// <param name="shape">The arguments' shapes, checked.</param>
    /// <param name="kernels">The operator on one tile, in libtorch's operators.</param>
    /// <param name="start">Position of the first token, for LRPE.</param>
    public static ISequenceWalk For(Chunks shape, TileKernels kernels, TileInputs inputs, long start)
    {
        if (CudaLauncher.For(inputs.Q) is { } launcher && KernelWalk.For(shape, inputs, start, launcher) is { } walk)
            return walk;
        return new TileWalk(shape, kernels, inputs.Theta is null ? null : start, inputs.Q.device);
    }
}
