namespace LinearScaling.Torch.Ops;

/// <summary>
/// Linear attention with a data-dependent decay a channel: S_t = diag(exp a_t) S_{t-1} + k_t v_t', o_t = S_t' q_t
/// (HGRN2, arXiv 2404.07904; arXiv 2406.16690, appendix A.1.3; the chunked form of GLA, arXiv 2312.06635).
/// </summary>
/// <remarks>
/// q, k and the log decay a &lt;= 0 are [batch, heads, time, key], v and the output [batch, heads, time, value], states
/// fp32 (fp64 with fp64 inputs) [batch, heads, key, value]. The log decay is never narrower than fp32.
/// </remarks>
public static class GatedLinearAttention
{
    /// <summary>The definition, token by token: decoding, and what the other forms must equal.</summary>
    /// <returns>Output, and the state after the last token.</returns>
    public static (Tensor Output, Tensor State) Recurrent(Tensor q, Tensor k, Tensor v, Tensor logDecay, Tensor? initial = null)
    {
        using var scope = NewDisposeScope();
        var chunks = Chunks.Of(q, k, v, initial, 1);
        var state = initial?.alias() ?? Wide.Zeros(q, chunks.Batch, chunks.Heads, chunks.Key, chunks.Value);
        var keep = logDecay.exp().unsqueeze(4);
        var outputs = new List<Tensor>();
        for (var t = 0L; t < chunks.Time; t++)
        {
            var added = Wide.Of(k.narrow(2, t, 1)).transpose(2, 3) * Wide.Of(v.narrow(2, t, 1));
            state = state * keep.select(2, t) + added;
            outputs.Add(Wide.Of(q.narrow(2, t, 1)).matmul(state));
        }
        return scope.MoveToOuter(cat(outputs, 2).to(v.dtype).alias(), state);
    }

    /// <summary>The quadratic form with every pair's decay spelled out: for tests; memory grows with time squared times key.</summary>
    public static Tensor Parallel(Tensor q, Tensor k, Tensor v, Tensor logDecay, Tensor? segments = null)
    {
        using var scope = NewDisposeScope();
        var chunks = Chunks.Of(q, k, v, null, int.MaxValue);
        var cumulative = logDecay.cumsum(2);
        var exponent = cumulative.unsqueeze(3) - cumulative.unsqueeze(2); // [batch, heads, query, key position, key]
        var seen = ones(chunks.Time, chunks.Time, dtype: ScalarType.Bool, device: q.device).tril();
        exponent = exponent.masked_fill(seen.logical_not().unsqueeze(2), double.NegativeInfinity);
        var scores = (q.unsqueeze(3) * k.unsqueeze(2) * exponent.exp()).sum(4L);
        if (segments is not null)
            scores = scores * Segments.Same(segments).unsqueeze(1).to(scores.dtype);
        return scores.to(v.dtype).matmul(v).MoveToOuterDisposeScope();
    }

    /// <summary>The training form.</summary>
    /// <param name="chunkSize">Rows of a chunk; a power of two.</param>
    /// <param name="segments">Document number of each position, int64 [batch, time], never decreasing; no token sees another document. Null: one document.</param>
    public static Tensor Chunked(Tensor q, Tensor k, Tensor v, Tensor logDecay, int chunkSize, Tensor? initial = null, Tensor? segments = null)
    {
        using var scope = NewDisposeScope();
        return Run(q, k, v, logDecay, chunkSize, initial, segments, wantState: false).Output.MoveToOuterDisposeScope();
    }

    /// <summary>The chunked form and the state after the last token: how a prompt is read.</summary>
    public static (Tensor Output, Tensor State) Prefill(Tensor q, Tensor k, Tensor v, Tensor logDecay, int chunkSize, Tensor? initial = null)
    {
        using var scope = NewDisposeScope();
        var (output, state) = Run(q, k, v, logDecay, chunkSize, initial, null, wantState: true);
        return scope.MoveToOuter(output, state!);
    }

    /// <summary>
    /// Scores inside a chunk are found by doubling. Two neighbouring blocks of h rows see each other through the row
    /// where they meet: queries decayed from there, keys decayed up to there, and one [h, h] product. Joining the blocks
    /// decays the right one's queries by the left one's whole decay and the left one's keys by the right one's. When the
    /// block is the chunk, queries are decayed from its start and keys to its end: what the carry between chunks needs.
    /// Every factor is the exponential of a sum of log decays, so none exceeds 1 and nothing is ever divided.
    /// </summary>
    private static (Tensor Output, Tensor? State) Run(
        Tensor q, Tensor k, Tensor v, Tensor logDecay, int chunkSize, Tensor? initial, Tensor? segments, bool wantState)
    {
        if (!System.Numerics.BitOperations.IsPow2(chunkSize))
            throw new ArgumentException($"chunk_size must be a power of two, got {chunkSize}");
        var chunks = Chunks.Of(q, k, v, initial, chunkSize);
        chunks = chunks with { Size = (long)System.Numerics.BitOperations.RoundUpToPowerOf2((ulong)chunks.Size) };
        Chunks.Check("log decay", logDecay, chunks.Batch, chunks.Heads, chunks.Time, chunks.Key);
        var (rows, count, size, type) = (chunks.Rows, chunks.Count, chunks.Size, q.dtype);
        var all = rows * count;
        var documents = segments is null ? null : Segments.Cut(segments, chunks);

        var (queries, keys, values, blockDecay) = (chunks.Cut(q), chunks.Cut(k), chunks.Cut(v), chunks.Cut(logDecay));
        var scores = (queries * keys).sum(2L).view(all, size, 1, 1); // a token sees itself undecayed
        queries = Wide.Of(queries) * blockDecay.exp();
        keys = Wide.Of(keys);
        for (var h = 1L; h < size; h *= 2)
        {
            var pairs = size / (2 * h);
            var (q2, k2) = (queries.view(all * pairs, 2, h, chunks.Key), keys.view(all * pairs, 2, h, chunks.Key));
            var across = bmm(q2.select(1, 1).to(type), k2.select(1, 0).to(type).transpose(1, 2)).view(all, pairs, h, h);
            var blocks = scores.view(all, pairs, 2, h, h);
            var upper = cat([blocks.select(2, 0), zeros_like(across)], 3);
            var lower = cat([across, blocks.select(2, 1)], 3);
            scores = cat([upper, lower], 2);

            var decays = blockDecay.view(all * pairs, 2, 1, chunks.Key);
            var none = zeros_like(decays.narrow(1, 0, 1));
            queries = q2 * cat([none, decays.narrow(1, 0, 1)], 1).exp();
            keys = k2 * cat([decays.narrow(1, 1, 1), none], 1).exp();
            blockDecay = decays.sum(1L);
        }
        scores = scores.view(all, size, size);
        if (documents is not null)
            scores = scores * documents.Within(type);
        var output = bmm(scores, values);
        if (count == 1 && initial is null && !wantState)
            return (chunks.Join(output), null);

        (queries, keys) = (queries.view(all, size, chunks.Key), keys.view(all, size, chunks.Key));
        if (documents is not null)
            (queries, keys) = (queries * documents.SeeEntry(queries.dtype), keys * documents.ReachEnd(keys.dtype));
        var added = Wide.Of(bmm(keys.to(type).transpose(1, 2), values)).view(rows, count, chunks.Key, chunks.Value);
        var chunkDecay = blockDecay.view(rows, count, chunks.Key);
        if (documents is not null)
            chunkDecay = chunkDecay + documents.Reset(chunkDecay.dtype).unsqueeze(2);
        var states = ChunkCarry.Exclusive(
                added.transpose(1, 2).reshape(rows * chunks.Key, count, chunks.Value),
                chunkDecay.transpose(1, 2).reshape(rows * chunks.Key, count),
                initial?.reshape(rows * chunks.Key, chunks.Value))
            .view(rows, chunks.Key, count, chunks.Value).transpose(1, 2);
        output = output.add_(bmm(queries.to(type), states.to(type).reshape(all, chunks.Key, chunks.Value)));

        // Rows past the end carry neither keys nor decay, so the last chunk's end is the last token.
        var final = !wantState ? null
            : (states.select(1, count - 1) * chunkDecay.select(1, count - 1).exp().unsqueeze(2) + added.select(1, count - 1))
                .view(chunks.Batch, chunks.Heads, chunks.Key, chunks.Value);
        return (chunks.Join(output), final);
    }
}
