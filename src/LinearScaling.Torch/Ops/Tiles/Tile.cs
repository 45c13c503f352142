namespace LinearScaling.Torch.Ops.Tiles;

/// <summary>A tile of some sequences, cut into chunks: what a chunked operator works on at a time.</summary>
/// <param name="Q">Queries [rows * chunks, size, key], a row being a head of a sequence; keys <paramref name="K"/> have
/// the same shape.</param>
/// <param name="V">Values [rows * chunks, size, value].</param>
/// <param name="A">Log decays [rows * chunks, size, key], or null for operators whose decay is no input.</param>
/// <param name="Rows">Sequences times heads.</param>
/// <param name="Chunks">Chunks of each.</param>
/// <param name="Documents">Where documents begin, or null: one document.</param>
internal sealed record Tile(Tensor Q, Tensor K, Tensor V, Tensor? A, long Rows, long Chunks, Segments? Documents);

/// <summary>Gradients of a tile's inputs in its shapes, and of the state that entered it (null where none
/// did).</summary>
internal readonly record struct TileGradients(Tensor Q, Tensor K, Tensor V, Tensor? A, Tensor? State);

/// <summary>A linear operator on one tile. States are fp32 or fp64 [rows, key, value]; null is the empty one.</summary>
internal interface ITileKernel
{
    /// <summary>Rows of a chunk; tokens that are missing at the end are zeros.</summary>
    long Size { get; }

    /// <param name="state">What enters the tile.</param>
    /// <param name="last">Whether nobody needs the state it leaves.</param>
    /// <returns>Outputs [rows * chunks, size, value], and the state after the tile (null when
    /// <paramref name="last"/>).</returns>
    (Tensor Output, Tensor? State) Forward(Tile tile, Tensor? state, bool last);

    /// <param name="dState">Gradient of the state after the tile; null: none.</param>
    TileGradients Backward(Tile tile, Tensor? state, Tensor dOutput, Tensor? dState);
}

/// <summary>Makes the kernels of one call, whose full chunks and partial last chunk have different sizes.</summary>
/// <param name="inputs">What the call was given.</param>
/// <param name="rows">Tokens of a chunk.</param>
internal delegate ITileKernel TileKernels(TileInputs inputs, long rows);
