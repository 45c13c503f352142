namespace LinearScaling.Torch.Kernels.Cuda;

/// <summary>Linear attention over whole sequences by kernels of the GPU: a pass over the chunks gives the states
/// between them, with which all chunks at once give outputs or gradients.</summary>
/// <remarks>q, k and v are bf16 [batch, heads, time, D], states fp32 [batch, heads, D, D], with LRPE [batch, heads, 2
/// D, D].</remarks>
internal abstract class AttentionKernels(StatePass states, Kernel output, Kernel gradients)
{
    /// <summary>All of them: the pass, its way back, outputs, gradients.</summary>
    public IEnumerable<Kernel> All => [.. states.All, output, gradients];

    /// <param name="decay">What is known of the decays, and where.</param>
    /// <param name="initial">What enters, or null.</param>
    /// <returns>The output, and the state after the last token where it is asked for.</returns>
    public (Tensor Output, Tensor? State) Forward(
        Tensor q,
        Tensor k,
        Tensor v,
        in StateDecay decay,
        Tensor? initial,
        bool wantState
    )
    {
        using var scope = NewDisposeScope();
        (q, k, v) = (DeviceRows.Readable(q), DeviceRows.Readable(k), DeviceRows.Readable(v));
        var (entering, final) = states.Forward(k, v, decay, initial, wantState);
        var result = Rows.New(v);
        Output(q, k, v, decay, entering, result);
        return (result.MoveToOuterDisposeScope(), final?.MoveToOuterDisposeScope());
    }

    /// <param name="dState">Gradient of the state after the last token; null: none.</param>
    /// <returns>Gradients of q, k and v, of the log decay or the angles where there are any, and of the initial state
    /// where there was one.</returns>
    public (Tensor Q, Tensor K, Tensor V, Tensor? Decay, Tensor? Initial) Backward(
        Tensor q,
        Tensor k,
        Tensor v,
        in StateDecay decay,
        Tensor? initial,
        Tensor dOutput,
        Tensor? dState
    )
    {
        using var scope = NewDisposeScope();
        (q, k, v) = (DeviceRows.Readable(q), DeviceRows.Readable(k), DeviceRows.Readable(v));
        dOutput = DeviceRows.Readable(dOutput);
        var (entering, leaving, dInitial) = states.Backward(q, k, v, decay, initial, dOutput, dState);
        var (dq, dk, dv) = (Rows.New(q), Rows.New(k), Rows.New(v));
        var alone = initial is null && dState is null;
        var dDecay = Gradients(q, k, v, decay, new(dOutput, entering, leaving, dq, dk, dv, alone));
        foreach (var made in (Tensor?[])[dq, dk, dv, dDecay, dInitial])
            made?.MoveToOuterDisposeScope();
        return (dq, dk, dv, dDecay, dInitial);
    }

    /// <summary>Fills the output.</summary>
    /// <param name="entering">What enters each chunk; null: nothing.</param>
    protected abstract void Output(Tensor q, Tensor k, Tensor v, in StateDecay decay, Tensor? entering, Tensor result);

    /// <summary>Fills the gradients of q, k and v.</summary>
    /// <returns>That of the log decay or the angles where there are any.</returns>
    protected abstract Tensor? Gradients(Tensor q, Tensor k, Tensor v, in StateDecay decay, ChunkGradients at);
}

/// <summary>What the gradients of all chunks at once are made of, and where they go.</summary>
/// <param name="DOutput">Gradient of the output.</param>
/// <param name="Entering">States that enter the chunks.</param>
/// <param name="DLeaving">Gradients of those that leave them.</param>
/// <param name="DQ">Receives the gradient of the queries.</param>
/// <param name="DK">Receives that of the keys.</param>
/// <param name="DV">Receives that of the values.</param>
/// <param name="Alone">Whether no state comes from before or goes on.</param>
internal sealed record ChunkGradients(
    Tensor DOutput,
    Tensor Entering,
    Tensor DLeaving,
    Tensor DQ,
    Tensor DK,
    Tensor DV,
    bool Alone
);
