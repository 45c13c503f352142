using LinearScaling.Torch.Kernels;

namespace LinearScaling.Torch.Ops.Tiles;

/// <summary>
/// A chunked operator over whole sequences, forward and backward: tile by tile in time, each passing its state to the
/// next. What a tile needs stays in the processor's caches, and neither time nor memory per token depends on the
/// length.
/// </summary>
/// <param name="shape">The arguments' shapes, checked.</param>
/// <param name="kernels">The operator on one tile.</param>
/// <param name="lrpe">Position of the first token for LRPE of queries and keys, or null without it.</param>
/// <param name="device">Where the arguments are.</param>
internal sealed class TileWalk(Chunks shape, TileKernels kernels, long? lrpe, Device device) : ISequenceWalk
{
    /// <summary>Elements of a tile's tensors for each thread of a CPU; on other devices the whole sequence is one
    /// tile.</summary>
    private const long Elements = 1 << 17;

    private readonly List<(long From, long Count)> groups = [.. Groups(shape, device)];
    private readonly List<TileRange> tiles = TileRanges(shape, device);

    /// <summary>The shape of what <see cref="Forward"/> keeps for <see cref="Backward"/>: the state that enters each
    /// tile.</summary>
    public long[] Kept => [tiles.Count, shape.Batch, shape.Heads, shape.StateKey, shape.Value];

    /// <param name="entering">Receives the state that enters each tile, [tiles, batch, heads, key, value].</param>
    public (Tensor Output, Tensor? State) Forward(TileInputs inputs, Tensor? initial, Tensor? entering, bool wantState)
    {
        using var scope = NewDisposeScope();
        var output = Rows.New(inputs.V);
        var final = wantState ? Wide.Zeros(inputs.Q, shape.Batch, shape.Heads, shape.StateKey, shape.Value) : null;
        var (made, lrpeTurn) = (Kernels(inputs), Turn(inputs));
        foreach (var (from, count) in groups)
        {
            using var group = NewDisposeScope();
            var state = initial?.narrow(0, from, count).reshape(count * shape.Heads, shape.StateKey, shape.Value);
            for (var i = 0; i < tiles.Count; i++)
            {
                using var inner = NewDisposeScope();
                var (at, kernel) = (tiles[i], made[tiles[i].Rows]);
                if (state is not null && entering is not null)
                    entering
                        .select(0, i)
                        .narrow(0, from, count)
                        .copy_(state.view(count, shape.Heads, shape.StateKey, shape.Value));
                var tile = Cut(inputs, from, count, at, kernel.Size, lrpeTurn?.At(lrpe!.Value + at.Start, at.Tokens));
                var (y, next) = kernel.Forward(tile, state, last: !wantState && i == tiles.Count - 1);
                Place(output, y, from, count, at);
                state = next?.MoveToOuterDisposeScope();
            }
            final?.narrow(0, from, count).copy_(state!.view(count, shape.Heads, shape.StateKey, shape.Value));
        }
        output.MoveToOuterDisposeScope();
        return (output, final?.MoveToOuterDisposeScope());
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
        var (dq, dk, dv) = (Rows.New(inputs.Q), Rows.New(inputs.K), Rows.New(inputs.V));
        var da = inputs.LogDecay is null ? null : Rows.New(inputs.LogDecay);
        var dTheta = inputs.Theta is null ? null : Wide.Zeros(inputs.Theta, inputs.Theta.shape);
        var dInitial = hasInitial ? Wide.Zeros(inputs.Q, shape.Batch, shape.Heads, shape.StateKey, shape.Value) : null;
        var (made, lrpeTurn) = (Kernels(inputs), Turn(inputs));
        foreach (var (from, count) in groups)
        {
            using var group = NewDisposeScope();
            var after = dState?.narrow(0, from, count).reshape(count * shape.Heads, shape.StateKey, shape.Value);
            for (var i = tiles.Count - 1; i >= 0; i--)
            {
                using var inner = NewDisposeScope();
                var (at, kernel) = (tiles[i], made[tiles[i].Rows]);
                var state =
                    i == 0 && !hasInitial
                        ? null
                        : entering
                            .select(0, i)
                            .narrow(0, from, count)
                            .reshape(count * shape.Heads, shape.StateKey, shape.Value);
                var turn = lrpeTurn?.At(lrpe!.Value + at.Start, at.Tokens);
                var tile = Cut(inputs, from, count, at, kernel.Size, turn);
                var gradients = kernel.Backward(tile, state, Piece(dOutput, from, count, at, kernel.Size), after);
                if (turn is null)
                {
                    Place(dq, gradients.Q, from, count, at);
                    Place(dk, gradients.K, from, count, at);
                }
                else
                {
                    Narrow(dq, from, count, at)
                        .copy_(turn.Back(Whole(gradients.Q, count, at), Narrow(inputs.Q, from, count, at), dTheta!));
                    Narrow(dk, from, count, at)
                        .copy_(turn.Back(Whole(gradients.K, count, at), Narrow(inputs.K, from, count, at), dTheta!));
                }
                Place(dv, gradients.V, from, count, at);
                if (da is not null)
                    Place(da, gradients.A!, from, count, at);
                after = gradients.State?.MoveToOuterDisposeScope();
            }
            dInitial?.narrow(0, from, count).copy_(after!.view(count, shape.Heads, shape.StateKey, shape.Value));
        }
        dTheta = dTheta?.to(inputs.Theta!.dtype).alias();
        foreach (var kept in new[] { dq, dk, dv, da, dTheta, dInitial })
            kept?.MoveToOuterDisposeScope();
        return (new(dq, dk, dv, da, null, dTheta), dInitial);
    }

    private Tile Cut(TileInputs inputs, long from, long count, TileRange at, long size, LrpeTurn.TileRange? turn)
    {
        var documents = inputs.Ids is null
            ? null
            : Segments.Cut(inputs.Ids.narrow(0, from, count), at.Start, at.Tokens, at.Chunks, size, shape.Heads);
        return new(
            turn is null
                ? Piece(inputs.Q, from, count, at, size)
                : Chunked(turn.Apply(Narrow(inputs.Q, from, count, at)), at, size),
            turn is null
                ? Piece(inputs.K, from, count, at, size)
                : Chunked(turn.Apply(Narrow(inputs.K, from, count, at)), at, size),
            Piece(inputs.V, from, count, at, size),
            inputs.LogDecay is null ? null : Piece(inputs.LogDecay, from, count, at, size),
            count * shape.Heads,
            at.Chunks,
            documents
        );
    }

    private static Tensor Narrow(Tensor x, long from, long count, TileRange at) =>
        x.narrow(0, from, count).narrow(2, at.Start, at.Tokens);

    private static Tensor Piece(Tensor x, long from, long count, TileRange at, long size) =>
        Chunked(Narrow(x, from, count, at), at, size);

    /// <summary>[batch, heads, tokens, width] to [batch * heads * chunks, size, width], padded with zeros.</summary>
    private static Tensor Chunked(Tensor x, TileRange at, long size)
    {
        var missing = at.Chunks * size - at.Tokens;
        return (missing == 0 ? x : nn.functional.pad(x, [0, 0, 0, missing])).reshape(-1, size, x.size(3)).contiguous();
    }

    /// <summary>The inverse of <see cref="Chunked"/>.</summary>
    private Tensor Whole(Tensor x, long count, TileRange at) =>
        x.view(count, shape.Heads, -1, x.size(2)).narrow(2, 0, at.Tokens);

    private void Place(Tensor into, Tensor x, long from, long count, TileRange at) =>
        Narrow(into, from, count, at).copy_(Whole(x, count, at));

    private LrpeTurn? Turn(TileInputs inputs) =>
        lrpe is null ? null : new(inputs.Theta!, tiles.Max(s => s.Tokens), inputs.Q.dtype);

    private Dictionary<long, ITileKernel> Kernels(TileInputs inputs) =>
        tiles.Select(s => s.Rows).Distinct().ToDictionary(rows => rows, rows => kernels(inputs, rows));

    private static long Quotient(long a, long b) => (a + b - 1) / b;

    /// <summary>How many sequences are walked together, and how many of their chunks make a tile.</summary>
    private static (long Sequences, long Chunks) Together(long batch, long width, long size, long limit)
    {
        var sequences = Math.Clamp(limit / (width * size), 1, batch);
        return (sequences, Math.Max(1, limit / (sequences * width * size)));
    }

    /// <summary>Sequences that are walked together.</summary>
    private static IEnumerable<(long From, long Count)> Groups(Chunks shape, Device device)
    {
        var (count, _) = Together(shape.Batch, shape.Heads * shape.StateKey, shape.Size, Limit(device));
        for (var from = 0L; from < shape.Batch; from += count)
            yield return (from, Math.Min(count, shape.Batch - from));
    }

    /// <summary>Full chunks, several at a time where they are small; then the partial one by itself.</summary>
    private static List<TileRange> TileRanges(Chunks shape, Device device)
    {
        var tiles = new List<TileRange>();
        var (full, rest) = Math.DivRem(shape.Time, shape.Size);
        var together = Math.Min(
            Together(shape.Batch, shape.Heads * shape.StateKey, shape.Size, Limit(device)).Chunks,
            Math.Max(1, full)
        );
        for (var chunk = 0L; chunk < full; chunk += together)
            tiles.Add(
                new(
                    chunk * shape.Size,
                    Math.Min(together, full - chunk),
                    shape.Size,
                    Math.Min(together, full - chunk) * shape.Size
                )
            );
        if (rest > 0)
            tiles.Add(new(full * shape.Size, 1, rest, rest));
        return tiles;
    }

    private static long Limit(Device device) =>
        device.type == DeviceType.CPU ? Elements * get_num_threads() : long.MaxValue / 2;

    /// <param name="Start">First token.</param>
    /// <param name="Rows">Tokens of each chunk.</param>
    private readonly record struct TileRange(long Start, long Chunks, long Rows, long Tokens);
}
