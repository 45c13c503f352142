using LinearScaling.Torch.Kernels;
using LinearScaling.Torch.Kernels.Scan;
using LinearScaling.Torch.Ops.Tiles;

namespace LinearScaling.Torch.Ops;

/// <summary>
/// Linear attention with one constant decay per head, or none: S_t = exp(-s) S_{t-1} + k_t v_t', o_t = S_t' q_t
/// (arXiv 2405.17381, section 3; arXiv 2406.16690, appendix A.1.2 and, without decay, A.1.4).
/// </summary>
/// <remarks>
/// q and k are [batch, heads, time, key], v and the output [batch, heads, time, value], states fp32 (fp64 with fp64
/// inputs) [batch, heads, key, value]. The current token is included; nothing is scaled or divided. The decay s >= 0 is
/// per token, [heads]; null is no decay. No exponent is ever positive. With angles theta, fp32 or fp64 [heads, key], q
/// and k are first turned as <see cref="Rotary.Lrpe"/> does, the first token being at position start; a state then has
/// 2 key rows. With silu, they pass through x sigmoid(x) before that.
/// </remarks>
public static class LightningAttention
{
    /// <summary>The definition, token by token: decoding, and what the other forms must equal.</summary>
    /// <returns>Output, and the state after the last token.</returns>
    public static (Tensor Output, Tensor State) Recurrent(
        Tensor q,
        Tensor k,
        Tensor v,
        Tensor? decay,
        Tensor? initial = null,
        Tensor? theta = null,
        long start = 0,
        bool silu = false
    )
    {
        using var scope = NewDisposeScope();
        (q, k) = (Turned(Active(q, silu), theta, start), Turned(Active(k, silu), theta, start));
        var chunks = Chunks.Cut(q, k, v, initial, 1);
        var state = initial?.alias() ?? Wide.Zeros(q, chunks.Batch, chunks.Heads, chunks.Key, chunks.Value);
        var keep = decay?.neg().exp().view(1, -1, 1, 1);
        var outputs = new List<Tensor>();
        for (var t = 0L; t < chunks.Time; t++)
        {
            var added = Wide.Widen(k.narrow(2, t, 1)).transpose(2, 3) * Wide.Widen(v.narrow(2, t, 1));
            state = keep is null ? state + added : state * keep + added;
            outputs.Add(Wide.Widen(q.narrow(2, t, 1)).matmul(state));
        }
        return scope.MoveToOuter(cat(outputs, 2).to(v.dtype).alias(), state);
    }

    /// <summary>The masked quadratic form over the whole sequence: quadratic in time, for tests.</summary>
    public static Tensor Parallel(
        Tensor q,
        Tensor k,
        Tensor v,
        Tensor? decay,
        Tensor? segments = null,
        Tensor? theta = null
    )
    {
        using var scope = NewDisposeScope();
        (q, k) = (Turned(q, theta, 0), Turned(k, theta, 0));
        var chunks = Chunks.Cut(q, k, v, null, int.MaxValue);
        var scores = q.matmul(k.transpose(2, 3)) * LightningTile.Mask(decay, chunks.Time, q);
        if (segments is not null)
            scores = scores * Segments.Same(segments).unsqueeze(1).to(scores.dtype);
        return scores.matmul(v).MoveToOuterDisposeScope();
    }

    /// <summary>The training form: quadratic inside chunks, with a state passed between them.</summary>
    /// <param name="chunkSize">Rows of a chunk; any positive number.</param>
    /// <param name="segments">Document number of each position, int64 [batch, time], never decreasing; no token sees
    /// another document. Null: one document.</param>
    /// <param name="stretch">Which tokens of their sequences these are, where other processes have the others; then
    /// there is no initial state.</param>
    /// <remarks>The gradient reaches q, k, v, theta and the initial state; the decay is a constant.</remarks>
    public static Tensor Chunked(
        Tensor q,
        Tensor k,
        Tensor v,
        Tensor? decay,
        int chunkSize,
        Tensor? initial = null,
        Tensor? segments = null,
        Tensor? theta = null,
        Stretch? stretch = null,
        bool silu = false
    )
    {
        using var scope = NewDisposeScope();
        return (
            stretch is null
                ? Run(q, k, v, decay, chunkSize, initial, segments, theta, 0, silu, wantState: false).Output
                : Stretched(Active(q, silu), Active(k, silu), v, decay, chunkSize, segments, theta, stretch)
        ).MoveToOuterDisposeScope();
    }

    /// <summary>The chunked form and the state after the last token: how a prompt is read.</summary>
    public static (Tensor Output, Tensor State) Prefill(
        Tensor q,
        Tensor k,
        Tensor v,
        Tensor? decay,
        int chunkSize,
        Tensor? initial = null,
        Tensor? theta = null,
        long start = 0,
        bool silu = false
    )
    {
        using var scope = NewDisposeScope();
        var (output, state) = Run(q, k, v, decay, chunkSize, initial, null, theta, start, silu, wantState: true);
        return scope.MoveToOuter(output, state!);
    }

    /// <summary>The tokens after a state, and the state after them: chunked for a prompt, recurrent for one
    /// token.</summary>
    /// <param name="initial">Null before the first token.</param>
    public static (Tensor Output, Tensor State) Extend(
        Tensor q,
        Tensor k,
        Tensor v,
        Tensor? decay,
        int chunkSize,
        Tensor? initial,
        Tensor? theta,
        long start,
        bool silu
    ) =>
        q.size(2) > 1 || Rows.Fit(q)
            ? Prefill(q, k, v, decay, chunkSize, initial, theta, start, silu)
            : Recurrent(q, k, v, decay, initial, theta, start, silu);

    /// <summary>The stretch from an empty state, and what its queries read of the state that enters it.</summary>
    private static Tensor Stretched(
        Tensor q,
        Tensor k,
        Tensor v,
        Tensor? decay,
        int chunkSize,
        Tensor? segments,
        Tensor? theta,
        Stretch stretch
    )
    {
        var (output, state) = Run(
            q,
            k,
            v,
            decay,
            chunkSize,
            null,
            segments,
            theta,
            stretch.Start,
            silu: false,
            wantState: true
        );
        var perToken = (decay ?? Wide.Zeros(q, 1)).neg().view(1, -1, 1, 1);
        var entering = stretch.Enter(state!, Stretch.Decay(perToken * stretch.Length, segments, q.size(0)));
        var reads = Turned(q, theta, stretch.Start);
        if (decay is not null)
            reads *= (perToken * Stretch.Positions(q)).exp().to(q.dtype);
        if (segments is not null)
            reads *= Stretch.SeesEntry(segments, q.dtype);
        return output + reads.matmul(entering.to(q.dtype));
    }

    private static (Tensor Output, Tensor? State) Run(
        Tensor q,
        Tensor k,
        Tensor v,
        Tensor? decay,
        int chunkSize,
        Tensor? initial,
        Tensor? segments,
        Tensor? theta,
        long start,
        bool silu,
        bool wantState
    )
    {
        var chunks = Chunks.Cut(q, k, v, initial, chunkSize, theta is not null);
        if (decay is not null)
            Chunks.Check("decay", decay, chunks.Heads);
        if (theta is not null)
            Chunks.Check("theta", theta, chunks.Heads, chunks.Key);
        if (segments is not null)
            Chunks.Check("segments", segments, chunks.Batch, chunks.Time);
        if (Rows.Fit(q))
            return ScanKernel.Apply(
                new(q, k, v, Theta: theta, Decay: decay, Ids: segments, Initial: initial),
                silu ? ScanForm.SiluQueries | ScanForm.SiluKeys : ScanForm.None,
                start,
                wantState
            );
        (q, k) = (Active(q, silu), Active(k, silu));
        return ChunkedFunction.Apply(
            chunks,
            (inputs, rows) => new LightningTile(inputs.Decay, inputs.Q.size(1), rows, inputs.Q),
            new(q, k, v, null, decay, theta, segments),
            initial,
            start,
            wantState
        );
    }

    private static Tensor Active(Tensor x, bool silu) => silu ? nn.functional.silu(x) : x;

    private static Tensor Turned(Tensor x, Tensor? theta, long start) =>
        theta is null ? x : Rotary.Lrpe(x.transpose(1, 2), theta, start).transpose(1, 2);
}
