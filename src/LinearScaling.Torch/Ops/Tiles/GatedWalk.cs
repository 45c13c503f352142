using LinearScaling.Torch.Kernels.Cuda;

namespace LinearScaling.Torch.Ops.Tiles;

/// <summary>Gated linear attention over whole sequences by kernels of the GPU. It keeps the initial state only: what
/// enters the chunks is computed again.</summary>
internal sealed class GatedWalk(Chunks shape, GatedKernels kernels) : ISequenceWalk
{
    public long[] Kept => [shape.Batch, shape.Heads, shape.Key, shape.Value];

    /// <summary>Null where there are no kernels for the arguments.</summary>
    public static GatedWalk? For(Chunks shape, TileInputs inputs, IKernelLauncher launcher) =>
        inputs is { LogDecay: { } logDecay, Theta: null, Decay: null }
        && inputs.AreNarrow
        && logDecay.dtype == ScalarType.Float32
        && shape.Batch * shape.Heads <= ushort.MaxValue
        && GatedKernels.For(launcher, shape.Key, shape.Value) is { } kernels
            ? new(shape, kernels)
            : null;

    public (Tensor Output, Tensor? State) Forward(TileInputs inputs, Tensor? initial, Tensor? entering, bool wantState)
    {
        using var scope = NewDisposeScope();
        if (initial is not null)
            entering?.copy_(initial);
        var (output, state) = kernels.Forward(inputs.Q, inputs.K, inputs.V, Decay(inputs), initial, wantState);
        return (output.MoveToOuterDisposeScope(), state?.MoveToOuterDisposeScope());
    }

    public (TileInputs Inputs, Tensor? Initial) Backward(
        TileInputs inputs,
        Tensor entering,
        bool hasInitial,
        Tensor dOutput,
        Tensor? dState
    )
    {
        using var scope = NewDisposeScope();
        var (dq, dk, dv, da, dInitial) = kernels.Backward(
            inputs.Q,
            inputs.K,
            inputs.V,
            Decay(inputs),
            hasInitial ? entering : null,
            dOutput,
            dState
        );
        foreach (var made in (Tensor?[])[dq, dk, dv, da, dInitial])
            made?.MoveToOuterDisposeScope();
        return (new(dq, dk, dv, da), dInitial);
    }

    private static StateDecay Decay(TileInputs inputs) =>
        new(DeviceRows.Readable(inputs.LogDecay!), Ids: inputs.Ids?.contiguous());
}
