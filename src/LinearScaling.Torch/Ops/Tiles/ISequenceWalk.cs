namespace LinearScaling.Torch.Ops.Tiles;

/// <summary>A chunked operator over whole sequences of one shape, forward and backward; it holds no tensor of its
/// own.</summary>
internal interface ISequenceWalk
{
    /// <summary>The shape of what <see cref="Forward"/> keeps for <see cref="Backward"/>, in the type of
    /// states.</summary>
    long[] Kept { get; }

    /// <param name="inputs">q, k [batch, heads, time, key], v [batch, heads, time, value], and what the operator has of
    /// the log decay, theta [heads, key] and document numbers [batch, time].</param>
    /// <param name="initial">[batch, heads, key, value], or null.</param>
    /// <param name="entering">Receives what <see cref="Backward"/> needs; null: nothing is kept.</param>
    /// <returns>The output [batch, heads, time, value], and the state after the last token where it is asked
    /// for.</returns>
    (Tensor Output, Tensor? State) Forward(TileInputs inputs, Tensor? initial, Tensor? entering, bool wantState);

    /// <param name="entering">As <see cref="Forward"/> kept it.</param>
    /// <param name="hasInitial">Whether there was an initial state.</param>
    /// <param name="dState">Gradient of the state after the last token; null: none.</param>
    /// <returns>Gradients of the inputs in their shapes (none of document numbers), and of the initial state where
    /// there was one.</returns>
    (TileInputs Inputs, Tensor? Initial) Backward(
        TileInputs inputs,
        Tensor entering,
        bool hasInitial,
        Tensor dOutput,
        Tensor? dState
    );
}
