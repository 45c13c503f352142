using LinearScaling.Torch.Kernels;

namespace LinearScaling.Torch.Ops;

/// <summary>Causal softmax attention: P = softmax(q k' / sqrt(head_dim)) over the past, o = P v (arXiv 1706.03762, eq.
/// 1).</summary>
/// <remarks>q is [batch, heads, time, head_dim]; k and v may have fewer heads, each then shared by heads / kv_heads
/// queries (arXiv 2305.13245).</remarks>
public static class SoftmaxAttention
{
    /// <summary>The training form, which never stores the scores: on the CPU our own kernel, in fp32, elsewhere
    /// libtorch's flash kernel.</summary>
    /// <param name="segments">Document number of each position, int64 [batch, time]; no token sees another document.
    /// Null: one document.</param>
    /// <param name="stretch">Which tokens of their sequences these are, where other processes have the others.</param>
    public static Tensor Causal(Tensor q, Tensor k, Tensor v, Tensor? segments = null, Stretch? stretch = null)
    {
        using var scope = NewDisposeScope();
        if (stretch is not null)
            return Stretched(q, k, v, segments, stretch).MoveToOuterDisposeScope();
        if (Rows.Fit(q))
        {
            var starts = segments is null ? null : Segments.Starts(segments);
            return AttentionKernel.Apply(q, k, v, starts).MoveToOuterDisposeScope();
        }
        (k, v) = (Expand(k, q.size(1)), Expand(v, q.size(1)));
        var output = segments is null
            ? nn.functional.scaled_dot_product_attention(q, k, v, is_casual: true)
            : nn.functional.scaled_dot_product_attention(q, k, v, Segments.Same(segments).tril().unsqueeze(1));
        return output.MoveToOuterDisposeScope();
    }

    /// <summary>Queries at the end of a longer past: k and v hold all positions so far, the queries are the last
    /// ones.</summary>
    public static Tensor Cached(Tensor q, Tensor k, Tensor v)
    {
        using var scope = NewDisposeScope();
        if (QueryKernel.Fits(q, k, v))
            return QueryKernel.Apply(q, k, v).MoveToOuterDisposeScope();
        (k, v) = (Expand(k, q.size(1)), Expand(v, q.size(1)));
        var (time, past) = (q.size(2), k.size(2));
        if (time == past)
            return nn.functional.scaled_dot_product_attention(q, k, v, is_casual: true).MoveToOuterDisposeScope();
        var mask = time == 1 ? null : ones(time, past, dtype: ScalarType.Bool, device: q.device).tril(past - time);
        return nn.functional.scaled_dot_product_attention(q, k, v, mask).MoveToOuterDisposeScope();
    }

    /// <summary>The definition with its matrix of scores, softmax in fp32: for tests.</summary>
    public static Tensor Parallel(Tensor q, Tensor k, Tensor v, Tensor? segments = null)
    {
        using var scope = NewDisposeScope();
        (k, v) = (Expand(k, q.size(1)), Expand(v, q.size(1)));
        var scores = Wide.Widen(q.matmul(k.transpose(2, 3))) / Math.Sqrt(q.size(3));
        var seen = ones(q.size(2), q.size(2), dtype: ScalarType.Bool, device: q.device).tril();
        if (segments is not null)
            seen = seen.logical_and(Segments.Same(segments).unsqueeze(1));
        var weights = scores.masked_fill(seen.logical_not(), double.NegativeInfinity).softmax(3);
        return weights.to(v.dtype).matmul(v).MoveToOuterDisposeScope();
    }

    /// <summary>Queries of a stretch, which see the keys of those before it too.</summary>
    private static Tensor Stretched(Tensor q, Tensor k, Tensor v, Tensor? segments, Stretch stretch)
    {
        (k, v) = StretchKeys.Apply(stretch, k, v);
        (k, v) = (Expand(k, q.size(1)), Expand(v, q.size(1)));
        var seen = ones(q.size(2), k.size(2), dtype: ScalarType.Bool, device: q.device).tril(stretch.Start);
        if (segments is not null)
        {
            var documents = StretchKeys.Documents(stretch, segments);
            var own = documents.narrow(1, stretch.Start, stretch.Length);
            seen = seen.logical_and(own.unsqueeze(2).eq(documents.unsqueeze(1))).unsqueeze(1);
        }
        return nn.functional.scaled_dot_product_attention(q, k, v, seen);
    }

    private static Tensor Expand(Tensor x, long heads) =>
        x.size(1) == heads ? x : x.repeat_interleave(heads / x.size(1), 1);
}
