namespace LinearScaling.Torch.Ops;

/// <summary>
/// Linear attention with a constant decay a head, or none: S_t = exp(-s) S_{t-1} + k_t v_t', o_t = S_t' q_t
/// (arXiv 2405.17381, section 3; arXiv 2406.16690, appendix A.1.2 and, without decay, A.1.4).
/// </summary>
/// <remarks>
/// q and k are [batch, heads, time, key], v and the output [batch, heads, time, value], states fp32 (fp64 with fp64
/// inputs) [batch, heads, key, value]. The current token is included; nothing is scaled or divided. The decay s >= 0 is
/// per token, [heads]; null is no decay. No exponent is ever positive.
/// </remarks>
public static class LightningAttention
{
    /// <summary>The definition, token by token: decoding, and what the other forms must equal.</summary>
    /// <returns>Output, and the state after the last token.</returns>
    public static (Tensor Output, Tensor State) Recurrent(Tensor q, Tensor k, Tensor v, Tensor? decay, Tensor? initial = null)
    {
        using var scope = NewDisposeScope();
        var chunks = Chunks.Of(q, k, v, initial, 1);
        var state = initial?.alias() ?? Wide.Zeros(q, chunks.Batch, chunks.Heads, chunks.Key, chunks.Value);
        var keep = decay?.neg().exp().view(1, -1, 1, 1);
        var outputs = new List<Tensor>();
        for (var t = 0L; t < chunks.Time; t++)
        {
            var added = Wide.Of(k.narrow(2, t, 1)).transpose(2, 3) * Wide.Of(v.narrow(2, t, 1));
            state = keep is null ? state + added : state * keep + added;
            outputs.Add(Wide.Of(q.narrow(2, t, 1)).matmul(state));
        }
        return scope.MoveToOuter(cat(outputs, 2).to(v.dtype).alias(), state);
    }

    /// <summary>The masked quadratic form over the whole sequence: quadratic in time, for tests.</summary>
    public static Tensor Parallel(Tensor q, Tensor k, Tensor v, Tensor? decay, Tensor? segments = null)
    {
        using var scope = NewDisposeScope();
        var chunks = Chunks.Of(q, k, v, null, int.MaxValue);
        var scores = q.matmul(k.transpose(2, 3)) * Mask(decay, chunks.Time, q);
        if (segments is not null)
            scores = scores * Segments.Same(segments).unsqueeze(1).to(scores.dtype);
        return scores.matmul(v).MoveToOuterDisposeScope();
    }

    /// <summary>The training form: quadratic inside chunks, the state carried between them by a scan of matrix products.</summary>
    /// <param name="chunkSize">Rows of a chunk; any positive number.</param>
    /// <param name="segments">Document number of each position, int64 [batch, time], never decreasing; no token sees another document. Null: one document.</param>
    public static Tensor Chunked(Tensor q, Tensor k, Tensor v, Tensor? decay, int chunkSize, Tensor? initial = null, Tensor? segments = null)
    {
        using var scope = NewDisposeScope();
        return Run(q, k, v, decay, chunkSize, initial, segments, wantState: false).Output.MoveToOuterDisposeScope();
    }

    /// <summary>The chunked form and the state after the last token: how a prompt is read.</summary>
    public static (Tensor Output, Tensor State) Prefill(Tensor q, Tensor k, Tensor v, Tensor? decay, int chunkSize, Tensor? initial = null)
    {
        using var scope = NewDisposeScope();
        var (output, state) = Run(q, k, v, decay, chunkSize, initial, null, wantState: true);
        return scope.MoveToOuter(output, state!);
    }

    private static (Tensor Output, Tensor? State) Run(
        Tensor q, Tensor k, Tensor v, Tensor? decay, int chunkSize, Tensor? initial, Tensor? segments, bool wantState)
    {
        var chunks = Chunks.Of(q, k, v, initial, chunkSize);
        var (rows, count, size, type) = (chunks.Rows, chunks.Count, chunks.Size, q.dtype);
        var documents = segments is null ? null : Segments.Cut(segments, chunks);
        var (qc, kc, vc) = (chunks.Cut(q), chunks.Cut(k), chunks.Cut(v));

        var scores = bmm(qc, kc.transpose(1, 2));
        scores = decay is null
            ? scores.tril()
            : (scores.view(chunks.Batch, chunks.Heads, count, size, size) * Mask(decay, size, q).unsqueeze(1)).view(rows * count, size, size);
        if (documents is not null)
            scores = scores * documents.Within(scores.dtype);
        var output = bmm(scores, vc);
        if (count == 1 && initial is null && !wantState)
            return (chunks.Join(output), null);

        var positions = decay is null ? null : arange(size, dtype: decay.dtype, device: decay.device);
        var toEnd = positions is null ? null : RowDecay(decay!, size - 1 - positions, chunks, type);
        var keys = toEnd is null ? kc : ScaleRows(kc, toEnd, chunks);
        if (documents is not null)
            keys = keys * documents.ReachEnd(type);
        var added = Wide.Of(bmm(keys.transpose(1, 2), vc)).view(rows, count, chunks.Key * chunks.Value);
        var chunkDecay = (decay is null ? Wide.Zeros(q, chunks.Heads) : decay.mul(-size))
            .view(1, chunks.Heads, 1).expand(chunks.Batch, chunks.Heads, count).reshape(rows, count);
        if (documents is not null)
            chunkDecay = chunkDecay + documents.Reset(chunkDecay.dtype);
        var states = ChunkCarry.Exclusive(added, chunkDecay, initial?.reshape(rows, -1));

        var queries = positions is null ? qc : ScaleRows(qc, RowDecay(decay!, positions + 1, chunks, type), chunks);
        if (documents is not null)
            queries = queries * documents.SeeEntry(type);
        output = output.add_(bmm(queries, states.to(type).reshape(rows * count, chunks.Key, chunks.Value)));
        return (chunks.Join(output), wantState ? Last(states) : null);

        // A partial last chunk decays only over the rows it has.
        Tensor Last(Tensor entering)
        {
            var n = chunks.LastRows;
            var k0 = kc.view(rows, count, size, chunks.Key).select(1, count - 1).narrow(1, 0, n);
            var v0 = vc.view(rows, count, size, chunks.Value).select(1, count - 1).narrow(1, 0, n);
            var state = entering.select(1, count - 1).view(chunks.Batch, chunks.Heads, chunks.Key, chunks.Value);
            if (decay is null)
                return state + Wide.Of(bmm(k0.transpose(1, 2), v0)).view(state.shape);
            var weights = (decay.unsqueeze(1) * (arange(n, dtype: decay.dtype, device: decay.device) - (n - 1))).exp()
                .expand(chunks.Batch, chunks.Heads, n).reshape(rows, n, 1);
            var fresh = bmm((Wide.Of(k0) * weights).transpose(1, 2), Wide.Of(v0)).view(state.shape);
            return state * decay.mul(-n).exp().view(1, -1, 1, 1) + fresh;
        }
    }

    /// <summary>exp(-s (r - m)) for m &lt;= r, else 0: [heads, size, size] (or [size, size] without decay), the exponent masked before exp.</summary>
    private static Tensor Mask(Tensor? decay, long size, Tensor like)
    {
        if (decay is null)
            return ones(size, size, dtype: like.dtype, device: like.device).tril();
        var position = arange(size, dtype: decay.dtype, device: decay.device);
        var distance = position.unsqueeze(1) - position;
        return (decay.view(-1, 1, 1) * distance.clamp_min(0)).neg_().exp_().tril().to(like.dtype);
    }

    /// <summary>exp(-s distance) as [heads, size].</summary>
    private static Tensor RowDecay(Tensor decay, Tensor distance, Chunks chunks, ScalarType type) =>
        (decay.unsqueeze(1) * distance).neg_().exp_().to(type).view(chunks.Heads, 1, chunks.Size, 1);

    private static Tensor ScaleRows(Tensor x, Tensor factor, Chunks chunks) =>
        (x.view(chunks.Batch, chunks.Heads, chunks.Count, chunks.Size, -1) * factor).view(chunks.Rows * chunks.Count, chunks.Size, -1);
}
