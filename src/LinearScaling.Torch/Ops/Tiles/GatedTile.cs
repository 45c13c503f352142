namespace LinearScaling.Torch.Ops.Tiles;

/// <summary>
/// Gated linear attention, one decay per channel and token, on one tile: forward and backward.
/// </summary>
/// <remarks>
/// Scores inside a chunk are found by doubling. Two neighbouring blocks of h rows see each other through the row where
/// they meet: queries decayed from there, keys decayed up to there, and one [h, h] product. Joining the blocks decays
/// the right one's queries by the left one's whole decay and the left one's keys by the right one's. When the block is
/// the chunk, queries are decayed from its start and keys to its end: as the state between chunks needs it. Every
/// factor is the exponential of a sum of log decays, so none exceeds 1 and nothing is ever divided (the same exactness
/// as the secondary chunks of arXiv 2312.06635, section 4.3, without their elementwise diagonal).
/// </remarks>
internal sealed class GatedTile(long size, ScalarType type) : ITileKernel
{
    public long Size => size;

    public (Tensor Output, Tensor? State) Forward(Tile tile, Tensor? state, bool last)
    {
        var (q, k, v, a) = (tile.Q, tile.K, tile.V, tile.A!);
        var (decayedQ, decayedK, scores) = (a.exp().mul_(q), k.to(a.dtype, copy: true), Diagonal(q, k));
        var blocks = a;
        for (var h = 1L; h < size; h *= 2)
        {
            using var level = NewDisposeScope();
            var (right, left) = (Right(decayedQ, h), Left(decayedK, h));
            Across(scores, h).copy_(Products(right, left).view(q.size(0), -1, h, h));
            var (leftDecay, rightDecay) = Factors(blocks);
            right.mul_(leftDecay);
            left.mul_(rightDecay);
            blocks = Join(blocks).MoveToOuterDisposeScope();
        }
        Mask(scores, tile.Documents?.Within(type));
        var output = bmm(scores, v);
        if (tile.Chunks == 1 && last && state is null)
            return (output, null);

        Mask(decayedK, tile.Documents?.ReachEnd(a.dtype));
        var decays = ChunkDecays(tile);
        var added = last && tile.Chunks == 1 ? null : Added(decayedK, tile);
        var entering = TileState.Entering(added, decays, state);
        if (entering is not null)
        {
            Mask(decayedQ, tile.Documents?.SeeEntry(a.dtype));
            output.add_(bmm(decayedQ.to(type), Flat(entering)));
        }
        return (output, last ? null : TileState.After(entering, added!, decays));
    }

    /// <remarks>
    /// The doubling is undone from the chunk to single rows; each joint passes on what its two decays were multiplied
    /// into. The shorter formula db = q dq - k dk for the cumulative decay b is not used: it cancels, which in bf16, or
    /// behind a shut gate, leaves mostly rounding.
    /// </remarks>
    public TileGradients Backward(Tile tile, Tensor? state, Tensor dOutput, Tensor? dState)
    {
        var (q, k, v, a) = (Wide.Widen(tile.Q), Wide.Widen(tile.K), tile.V, tile.A!);
        var (all, key) = (q.size(0), q.size(2));
        var (decayedQ, decayedK, scores) = (a.exp().mul_(q), k.clone(), Diagonal(tile.Q, tile.K));
        var first = decayedQ.clone();
        var blocks = a;
        var joints = new Stack<(long Rows, Tensor Right, Tensor Left, Tensor LeftDecay, Tensor RightDecay)>();
        for (var h = 1L; h < size; h *= 2)
        {
            var (right, left, (leftDecay, rightDecay)) = (Right(decayedQ, h), Left(decayedK, h), Factors(blocks));
            joints.Push((h, right.clone(), left.clone(), leftDecay, rightDecay));
            Across(scores, h).copy_(Products(joints.Peek().Right, joints.Peek().Left).view(all, -1, h, h));
            right.mul_(leftDecay);
            left.mul_(rightDecay);
            blocks = Join(blocks);
        }
        Mask(scores, tile.Documents?.Within(type));
        Mask(decayedQ, tile.Documents?.SeeEntry(a.dtype));
        Mask(decayedK, tile.Documents?.ReachEnd(a.dtype));
        var dScores = bmm(dOutput, v.transpose(1, 2));
        Mask(dScores, tile.Documents?.Within(type));
        var dv = bmm(scores.transpose(1, 2), dOutput);

        // The gradients of the queries decayed from the chunk's start, of the keys decayed to its end and of its whole
        // decay.
        var decays = ChunkDecays(tile);
        var entering = TileState.Entering(tile.Chunks == 1 ? null : Added(decayedK, tile), decays, state);
        var leaving = dState?.unsqueeze(1);
        Tensor? dEntering = null;
        if (entering is not null)
        {
            var read = Wide.Widen(bmm(decayedQ.to(type).transpose(1, 2), dOutput))
                .view(tile.Rows, tile.Chunks, key, v.size(2));
            (leaving, dEntering) = TileState.Back(read, decays, dState);
        }
        var dq = entering is null ? zeros_like(a) : Wide.Widen(bmm(dOutput, Flat(entering).transpose(1, 2)));
        var dk = leaving is null ? zeros_like(a) : Wide.Widen(bmm(v, Flat(leaving).transpose(1, 2)));
        if (leaving is not null)
            dv.add_(bmm(decayedK.to(type), Flat(leaving)));
        Mask(dq, tile.Documents?.SeeEntry(a.dtype));
        Mask(dk, tile.Documents?.ReachEnd(a.dtype));
        var dBlocks =
            entering is null || leaving is null
                ? zeros([all, 1, key], a.dtype, a.device)
                : entering.mul(leaving).sum(3L).mul_(decays.exp()).view(all, 1, key);

        while (joints.TryPop(out var joint))
        {
            using var inner = NewDisposeScope();
            var (h, right, left, leftDecay, rightDecay) = joint;
            var (dRight, dLeft) = (Right(dq, h).mul_(leftDecay), Left(dk, h).mul_(rightDecay));
            dBlocks = cat(
                    [
                        dBlocks + dRight.mul(right).sum(1L, keepdim: true),
                        dBlocks + dLeft.mul(left).sum(1L, keepdim: true),
                    ],
                    1
                )
                .view(-1, 1, key)
                .MoveToOuterDisposeScope();
            var dAcross = Across(dScores, h).reshape(-1, h, h);
            dRight.add_(Spread(dAcross, left));
            dLeft.add_(Spread(dAcross.transpose(1, 2), right));
        }
        var da = dBlocks.view(all, size, key) + dq.mul(first);
        var dSelf = Wide.Widen(dScores.diagonal(0, 1, 2)).unsqueeze(2);
        dq.mul_(a.exp()).add_(k.mul(dSelf));
        dk.add_(q.mul(dSelf));
        return new(dq, dk, dv, da, state is null ? null : dEntering);
    }

    /// <summary>What each chunk adds to the state, [rows, chunks, key, value].</summary>
    private Tensor Added(Tensor decayedK, Tile tile) =>
        Wide.Widen(bmm(decayedK.to(type).transpose(1, 2), tile.V))
            .view(tile.Rows, tile.Chunks, decayedK.size(2), tile.V.size(2));

    /// <summary>The whole log decay of each chunk, [rows, chunks, key]; a chunk in which a document ended leaves
    /// nothing.</summary>
    private static Tensor ChunkDecays(Tile tile)
    {
        var decays = tile.A!.sum(1L).view(tile.Rows, tile.Chunks, -1);
        return tile.Documents is null ? decays : decays + tile.Documents.Reset(decays.dtype).unsqueeze(2);
    }

    /// <summary>[rows, chunks, key, value] to [rows * chunks, key, value] in the inputs' type.</summary>
    private Tensor Flat(Tensor states) => states.to(type).flatten(0, 1);

    /// <summary>Queries times keys of each pair, [pairs, h, h]. Single rows are multiplied elementwise: one product per
    /// row costs more in calls than in work.</summary>
    private Tensor Products(Tensor right, Tensor left) =>
        right.size(1) == 1
            ? right.mul(left).sum(2L, keepdim: true)
            : bmm(right.to(type), left.to(type).transpose(1, 2));

    /// <summary>Weights [pairs, h, h] times rows [pairs, h, key].</summary>
    private Tensor Spread(Tensor weights, Tensor x) => x.size(1) == 1 ? x.mul(weights) : bmm(weights, x.to(type));

    /// <summary>Scores with only the diagonal in place: a token sees itself undecayed. [chunks, size, size]</summary>
    private Tensor Diagonal(Tensor q, Tensor k)
    {
        var scores = zeros([q.size(0), size, size], type, q.device);
        scores.diagonal(0, 1, 2).copy_(q.mul(k).sum(2L));
        return scores;
    }

    /// <summary>The right block of each pair of blocks of h rows: a view [pairs, h, width].</summary>
    private static Tensor Right(Tensor x, long h) => x.view(-1, 2, h, x.size(2)).select(1, 1);

    private static Tensor Left(Tensor x, long h) => x.view(-1, 2, h, x.size(2)).select(1, 0);

    /// <summary>exp of the whole decay of the left and of the right block of each pair, [pairs, 1, key].</summary>
    private static (Tensor Left, Tensor Right) Factors(Tensor blocks) =>
        (Left(FlatRows(blocks), 1).exp(), Right(FlatRows(blocks), 1).exp());

    private static Tensor Join(Tensor blocks) => FlatRows(blocks).view(-1, 2, blocks.size(-1)).sum(1L).unsqueeze(1);

    /// <summary>Block decays in a shape that pairs can be taken from: [1, blocks, key].</summary>
    private static Tensor FlatRows(Tensor blocks) => blocks.reshape(1, -1, blocks.size(-1));

    /// <summary>The scores between the right block's queries and the left block's keys of each pair: a view [chunks,
    /// pairs, h, h].</summary>
    private Tensor Across(Tensor scores, long h)
    {
        var pairs = size / (2 * h);
        return scores
            .view(-1, pairs, 2, h, pairs, 2, h)
            .select(5, 0)
            .select(2, 1)
            .diagonal(0, 1, 3)
            .permute(0, 3, 1, 2);
    }

    private static void Mask(Tensor x, Tensor? mask)
    {
        if (mask is not null)
            x.mul_(mask);
    }
}
