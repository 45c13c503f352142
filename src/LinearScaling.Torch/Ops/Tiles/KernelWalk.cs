using LinearScaling.Torch.Kernels.Cuda;

namespace LinearScaling.Torch.Ops.Tiles;

/// <summary>Linear attention over whole sequences by kernels of the GPU. It keeps the initial state only: what enters
/// the chunks is computed again.</summary>
/// <param name="start">Position of the first token, for LRPE.</param>
internal sealed class KernelWalk(Chunks shape, AttentionKernels kernels, long start) : ISequenceWalk
{
    public long[] Kept => [shape.Batch, shape.Heads, shape.StateKey, shape.Value];

    /// <summary>Null where there are no kernels for the arguments.</summary>
    public static KernelWalk? For(Chunks shape, TileInputs inputs, long start, IKernelLauncher launcher)
    {
        if (!inputs.AreNarrow || shape.Batch * shape.Heads > ushort.MaxValue)
            return null;
        AttentionKernels? kernels = inputs switch
        {
            { LogDecay: null } => LightningKernels.For(launcher, shape.Key, shape.Value, inputs.Theta is not null),
            { LogDecay.dtype: ScalarType.Float32, Theta: null, Decay: null } => GatedKernels.For(
                launcher,
                shape.Key,
                shape.Value
            ),
            _ => null,
        };
        return kernels is null ? null : new(shape, kernels, start);
    }

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
        var (dq, dk, dv, dDecay, dInitial) = kernels.Backward(
            inputs.Q,
            inputs.K,
            inputs.V,
            Decay(inputs),
            hasInitial ? entering : null,
            dOutput,
            dState
        );
        var d = inputs.LogDecay is not null
            ? new TileInputs(dq, dk, dv, dDecay)
            : new TileInputs(dq, dk, dv, Theta: dDecay?.to(inputs.Theta!.dtype).alias());
        foreach (var made in d.All.Append(dInitial))
            made?.MoveToOuterDisposeScope();
        return (d, dInitial);
    }

    private StateDecay Decay(TileInputs inputs) =>
        new(
            Log: inputs.LogDecay is null ? null : DeviceRows.Readable(inputs.LogDecay),
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
