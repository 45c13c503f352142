using LinearScaling.Torch.Kernels;
using LinearScaling.Torch.Kernels.Scan;
using LinearScaling.Torch.Ops.Tiles;

namespace LinearScaling.Torch.Ops;

/// <summary>
/// Linear attention with one data-dependent decay per channel: S_t = diag(exp a_t) S_{t-1} + k_t v_t', o_t = S_t' q_t
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
    public static (Tensor Output, Tensor State) Recurrent(
        Tensor q,
        Tensor k,
        Tensor v,
        Tensor logDecay,
        Tensor? initial = null
    )
    {
        using var scope = NewDisposeScope();
        var chunks = Chunks.Cut(q, k, v, initial, 1);
        var state = initial?.alias() ?? Wide.Zeros(q, chunks.Batch, chunks.Heads, chunks.Key, chunks.Value);
        var keep = logDecay.exp().unsqueeze(4);
        var outputs = new List<Tensor>();
        for (var t = 0L; t < chunks.Time; t++)
        {
            var added = Wide.Widen(k.narrow(2, t, 1)).transpose(2, 3) * Wide.Widen(v.narrow(2, t, 1));
            state = state * keep.select(2, t) + added;
            outputs.Add(Wide.Widen(q.narrow(2, t, 1)).matmul(state));
        }
        return scope.MoveToOuter(cat(outputs, 2).to(v.dtype).alias(), state);
    }

    /// <summary>The quadratic form with every pair's decay spelled out: for tests; memory grows with time squared times
    /// key.</summary>
    public static Tensor Parallel(Tensor q, Tensor k, Tensor v, Tensor logDecay, Tensor? segments = null)
    {
        using var scope = NewDisposeScope();
        var chunks = Chunks.Cut(q, k, v, null, int.MaxValue);
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
    /// <param name="segments">Document number of each position, int64 [batch, time], never decreasing; no token sees
    /// another document. Null: one document.</param>
    /// <param name="stretch">Which tokens of their sequences these are, where other processes have the others; then
    /// there is no initial state.</param>
    public static Tensor Chunked(
        Tensor q,
        Tensor k,
        Tensor v,
        Tensor logDecay,
        int chunkSize,
        Tensor? initial = null,
        Tensor? segments = null,
        Stretch? stretch = null
    )
    {
        using var scope = NewDisposeScope();
        return (
            stretch is null
                ? Run(q, k, v, logDecay, chunkSize, initial, segments, wantState: false).Output
                : Stretched(q, k, v, logDecay, chunkSize, segments, stretch)
        ).MoveToOuterDisposeScope();
    }

    /// <summary>The chunked form and the state after the last token: how a prompt is read.</summary>
    public static (Tensor Output, Tensor State) Prefill(
        Tensor q,
        Tensor k,
        Tensor v,
        Tensor logDecay,
        int chunkSize,
        Tensor? initial = null
    )
    {
        using var scope = NewDisposeScope();
        var (output, state) = Run(q, k, v, logDecay, chunkSize, initial, null, wantState: true);
        return scope.MoveToOuter(output, state!);
    }

    /// <summary>The stretch from an empty state, and what its queries read of the state that enters it.</summary>
    private static Tensor Stretched(
        Tensor q,
        Tensor k,
        Tensor v,
        Tensor logDecay,
        int chunkSize,
        Tensor? segments,
        Stretch stretch
    )
    {
        var (output, state) = Run(q, k, v, logDecay, chunkSize, null, segments, wantState: true);
        var whole = logDecay.sum(2L).unsqueeze(3);
        var entering = stretch.Enter(state!, Stretch.Decay(whole, segments, q.size(0)));
        var reads = (logDecay.cumsum(2).exp() * q).to(q.dtype);
        if (segments is not null)
            reads = reads * Stretch.SeesEntry(segments, q.dtype);
        return output + reads.matmul(entering.to(q.dtype));
    }

    private static (Tensor Output, Tensor? State) Run(
        Tensor q,
        Tensor k,
        Tensor v,
        Tensor logDecay,
        int chunkSize,
        Tensor? initial,
        Tensor? segments,
        bool wantState
    )
    {
        if (!System.Numerics.BitOperations.IsPow2(chunkSize))
            throw new ArgumentException($"chunk_size must be a power of two, got {chunkSize}");
        var chunks = Chunks.Cut(q, k, v, initial, chunkSize);
        Chunks.Check("log decay", logDecay, chunks.Batch, chunks.Heads, chunks.Time, chunks.Key);
        if (segments is not null)
            Chunks.Check("segments", segments, chunks.Batch, chunks.Time);
        if (Rows.Fit(q))
            return ScanKernel.Apply(
                new(q, k, v, logDecay, Ids: segments, Initial: initial),
                ScanForm.None,
                0,
                wantState
            );
        return ChunkedFunction.Apply(
            chunks,
            (inputs, rows) =>
                new GatedTile((long)System.Numerics.BitOperations.RoundUpToPowerOf2((ulong)rows), inputs.Q.dtype),
            new(q, k, v, logDecay, Ids: segments),
            initial,
            0,
            wantState
        );
    }
}
