using LinearScaling.Torch.Kernels.Cuda;

namespace LinearScaling.Torch.Ops.Tiles;

/// <summary>Linear attention with a constant decay, or none, over whole sequences by kernels of the GPU. It keeps the
/// initial state only: what enters the chunks is computed again.</summary>
/// <param name="start">Position of the first token, for LRPE.</param>
internal sealed class LightningWalk(Chunks shape, LightningKernels kernels, long start) : ISequenceWalk
{
    public long[] Kept => [shape.Batch, shape.Heads, shape.StateKey, shape.Value];

    /// <summary>Null where there are no kernels for the arguments.</summary>
    public static LightningWalk? For(Chunks shape, TileInputs inputs, long start, IKernelLauncher launcher) =>
        inputs.LogDecay is null
        && inputs.AreNarrow
        && shape.Batch * shape.Heads <= ushort.MaxValue
        && LightningKernels.For(launcher, shape.Key, shape.Value, inputs.Theta is not null) is { } kernels
            ? new(shape, kernels, start)
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
        var (dq, dk, dv, dTheta, dInitial) = kernels.Backward(
            inputs.Q,
            inputs.K,
            inputs.V,
            Decay(inputs),
            hasInitial ? entering : null,
            dOutput,
            dState
        );
        dTheta = dTheta?.to(inputs.Theta!.dtype).alias();
        foreach (var made in (Tensor?[])[dq, dk, dv, dTheta, dInitial])
            made?.MoveToOuterDisposeScope();
        return (new(dq, dk, dv, Theta: dTheta), dInitial);
    }

    private StateDecay Decay(TileInputs inputs) =>
        new(
            Rates: inputs.Decay?.to(ScalarType.Float32).contiguous(),
            Turns: inputs.Theta is null ? null : Turns(inputs.Theta),
            Ids: inputs.Ids?.contiguous(),
            First: start
        );

    /// <summary>Turns per position as a fraction of 2^64, in whose arithmetic whole turns vanish.</summary>
    private static Tensor Turns(Tensor theta)
    {
        var turns = theta.to(ScalarType.Float64).div(Math.Tau);
        return (turns - turns.floor()).mul_(Math.ScaleB(1, 62)).to(ScalarType.Int64).mul_(4).contiguous();
    }
}
