using LinearScaling.Torch.Kernels.Cuda;

namespace LinearScaling.Torch.Ops.Tiles;

/// <summary>Which walk computes a chunked operator.</summary>
internal static class SequenceWalks
{
    /// <param name="shape">The arguments' shapes, checked.</param>
    /// <param name="kernels">The operator on one tile, in libtorch's operators.</param>
    /// <param name="start">Position of the first token, for LRPE.</param>
    public static ISequenceWalk For(Chunks shape, TileKernels kernels, TileInputs inputs, long start) =>
        (CudaLauncher.For(inputs.Q) is { } launcher ? OnGpu(shape, inputs, start, launcher) : null)
        ?? new TileWalk(shape, kernels, inputs.Theta is null ? null : start, inputs.Q.device);

    /// <summary>A walk of kernels; null where there are none for the arguments.</summary>
    public static ISequenceWalk? OnGpu(Chunks shape, TileInputs inputs, long start, IKernelLauncher launcher) =>
        inputs.LogDecay is null
            ? LightningWalk.For(shape, inputs, start, launcher)
            : GatedWalk.For(shape, inputs, launcher);
}
