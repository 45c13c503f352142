namespace LinearScaling.Torch.Ops.Tiles;

/// <summary>Linear attention with one constant decay per head, or none, on one tile: forward and backward.</summary>
internal sealed class LightningTile : ITileKernel
{
    private readonly Tensor? mask; // [heads, size, size]

    // [heads, 1, size, 1]: exp(-s (r + 1)), what is left of the entering state at row r
    private readonly Tensor? fromStart;
    private readonly Tensor? toEnd; // [heads, 1, size, 1]: exp(-s (size - 1 - r)), what is left of row r at the end
    private readonly Tensor decays; // [heads]: log decay of a whole chunk
    private readonly ScalarType type;

    /// <param name="decay">s >= 0 of each head, [heads]; null: none.</param>
    /// <param name="size">Rows of a chunk.</param>
    /// <param name="like">Has the inputs' type and device.</param>
    public LightningTile(Tensor? decay, long heads, long size, Tensor like)
    {
        (Size, type) = (size, like.dtype);
        decays = decay is null ? Wide.Zeros(like, heads) : decay.mul(-size);
        if (decay is null)
            return;
        var positions = arange(size, dtype: decay.dtype, device: decay.device);
        mask = Mask(decay, size, like);
        fromStart = RowDecay(positions + 1);
        toEnd = RowDecay(size - 1 - positions);
        Tensor RowDecay(Tensor distance) =>
            (decay.unsqueeze(1) * distance).neg_().exp_().to(type).view(heads, 1, size, 1);
    }

    public long Size { get; }

    /// <summary>exp(-s (r - m)) for m &lt;= r, else 0: [heads, size, size] (or [size, size] without decay), the
    /// exponent masked before exp.</summary>
    public static Tensor Mask(Tensor? decay, long size, Tensor like)
    {
        if (decay is null)
            return ones(size, size, dtype: like.dtype, device: like.device).tril();
        var position = arange(size, dtype: decay.dtype, device: decay.device);
        var distance = position.unsqueeze(1) - position;
        return (decay.view(-1, 1, 1) * distance.clamp_min(0)).neg_().exp_().tril().to(like.dtype);
    }

    public (Tensor Output, Tensor? State) Forward(Tile tile, Tensor? state, bool last)
    {
        var output = bmm(Masked(bmm(tile.Q, tile.K.transpose(1, 2)), tile), tile.V);
        if (tile.Chunks == 1 && last && state is null)
            return (output, null);
        var chunkDecays = ChunkDecays(tile);
        var added = last && tile.Chunks == 1 ? null : Added(tile);
        var entering = TileState.Entering(added, chunkDecays, state);
        if (entering is not null)
            output.add_(bmm(Queries(tile), Flat(entering)));
        return (output, last ? null : TileState.After(entering, added!, chunkDecays));
    }

    public TileGradients Backward(Tile tile, Tensor? state, Tensor dOutput, Tensor? dState)
    {
        var scores = Masked(bmm(tile.Q, tile.K.transpose(1, 2)), tile);
        var dScores = Masked(bmm(dOutput, tile.V.transpose(1, 2)), tile);
        var (dq, dk, dv) = (
            bmm(dScores, tile.K),
            bmm(dScores.transpose(1, 2), tile.Q),
            bmm(scores.transpose(1, 2), dOutput)
        );
        if (tile.Chunks == 1 && state is null && dState is null)
            return new(dq, dk, dv, null, null);

        var chunkDecays = ChunkDecays(tile);
        var entering = TileState.Entering(tile.Chunks == 1 ? null : Added(tile), chunkDecays, state);
        if (entering is not null)
            dq.add_(
                Scaled(bmm(dOutput, Flat(entering).transpose(1, 2)), fromStart, tile, tile.Documents?.SeeEntry(type))
            );
        var leaving = dState?.unsqueeze(1);
        if (entering is not null)
        {
            var read = Wide.Widen(bmm(Queries(tile).transpose(1, 2), dOutput))
                .view(tile.Rows, tile.Chunks, tile.Q.size(2), tile.V.size(2));
            (leaving, dState) = TileState.Back(read, chunkDecays, dState);
        }
        if (leaving is not null)
        {
            dv.add_(bmm(Keys(tile), Flat(leaving)));
            dk.add_(Scaled(bmm(tile.V, Flat(leaving).transpose(1, 2)), toEnd, tile, tile.Documents?.ReachEnd(type)));
        }
        return new(dq, dk, dv, null, state is null ? null : dState);
    }

    private Tensor Masked(Tensor scores, Tile tile)
    {
        if (mask is null)
            scores.tril_();
        else
            scores.view(-1, mask.size(0), tile.Chunks, Size, Size).mul_(mask.unsqueeze(1));
        return tile.Documents is null ? scores : scores.mul_(tile.Documents.Within(scores.dtype));
    }

    private Tensor Queries(Tile tile) => Scaled(tile.Q, fromStart, tile, tile.Documents?.SeeEntry(type));

    private Tensor Keys(Tile tile) => Scaled(tile.K, toEnd, tile, tile.Documents?.ReachEnd(type));

    /// <summary>What each chunk adds to the state, [rows, chunks, key, value].</summary>
    private Tensor Added(Tile tile) =>
        Wide.Widen(bmm(Keys(tile).transpose(1, 2), tile.V))
            .view(tile.Rows, tile.Chunks, tile.K.size(2), tile.V.size(2));

    private Tensor ChunkDecays(Tile tile)
    {
        var each = decays
            .view(1, -1, 1)
            .expand(tile.Rows / decays.size(0), decays.size(0), tile.Chunks)
            .reshape(tile.Rows, tile.Chunks, 1);
        return tile.Documents is null ? each : each + tile.Documents.Reset(each.dtype).unsqueeze(2);
    }

    private static Tensor Scaled(Tensor x, Tensor? factor, Tile tile, Tensor? documents)
    {
        if (factor is not null)
            x = (x.view(-1, factor.size(0), tile.Chunks, x.size(1), x.size(2)) * factor).view(x.shape);
        return documents is null ? x : x * documents;
    }

    /// <summary>[rows, chunks, key, value] to [rows * chunks, key, value] in the inputs' type.</summary>
    private Tensor Flat(Tensor states) => states.to(type).flatten(0, 1);
}
