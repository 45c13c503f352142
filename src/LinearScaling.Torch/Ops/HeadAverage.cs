namespace LinearScaling.Torch.Ops;

/// <summary>
/// A running sum that fades at one learned rate per head: y_t = sum_{s &lt;= t} lambda^(t - s) x_s with lambda =
/// sigmoid(alpha), linear attention whose query and key are constants (the Toeplitz positional encoding of the xmixers
/// library, which names arXiv 2405.21022 as its source).
/// </summary>
/// <remarks>x is [batch, time, hidden], alpha [heads], states are fp32 (fp64 with fp64 inputs) [batch, heads,
/// head_dim]; computed in the states' type.</remarks>
public static class HeadAverage
{
    /// <summary>The definition, token by token: decoding, and what the other forms must equal.</summary>
    /// <returns>Output, and the state after the last token.</returns>
    public static (Tensor Output, Tensor State) Recurrent(Tensor x, Tensor alpha, Tensor? initial = null)
    {
        using var scope = NewDisposeScope();
        var heads = Heads(x, alpha, initial);
        var keep = Wide.Widen(alpha).sigmoid().view(1, -1, 1);
        var state = initial?.alias() ?? Wide.Zeros(x, x.size(0), alpha.size(0), x.size(2) / alpha.size(0));
        var outputs = new List<Tensor>();
        for (var t = 0L; t < x.size(1); t++)
        {
            state = state * keep + heads.select(1, t);
            outputs.Add(state.flatten(1).unsqueeze(1));
        }
        return scope.MoveToOuter(cat(outputs, 1).to(x.dtype).alias(), state);
    }

    /// <summary>One lower-triangular Toeplitz matrix per head over the whole sequence: quadratic in time, for
    /// tests.</summary>
    /// <param name="segments">Document number of each position, int64 [batch, time]; no token sees another document.
    /// Null: one document.</param>
    public static Tensor Parallel(Tensor x, Tensor alpha, Tensor? segments = null)
    {
        using var scope = NewDisposeScope();
        var heads = Heads(x, alpha, null);
        var position = arange(x.size(1), dtype: heads.dtype, device: x.device);
        var distance = (position.unsqueeze(1) - position).clamp_min(0);
        var weights = (nn.functional.logsigmoid(Wide.Widen(alpha)).view(-1, 1, 1) * distance).exp().tril().unsqueeze(0);
        if (segments is not null)
            weights = weights * Segments.Same(segments).unsqueeze(1).to(weights.dtype);
        return weights
            .matmul(heads.transpose(1, 2))
            .transpose(1, 2)
            .reshape(x.shape)
            .to(x.dtype)
            .alias()
            .MoveToOuterDisposeScope();
    }

    /// <summary>The training form: groups of tokens joined by one triangular product, groups of groups by the same
    /// again.</summary>
    /// <param name="segments">Document number of each position, int64 [batch, time], never decreasing; no token sees
    /// another document. Null: one document.</param>
    /// <param name="stretch">Which tokens of their sequences these are, where other processes have the others.</param>
    public static Tensor Chunked(Tensor x, Tensor alpha, Tensor? segments = null, Stretch? stretch = null)
    {
        using var scope = NewDisposeScope();
        var y = Run(x, alpha, null, segments);
        if (stretch is not null)
            y = y + Entered(x, alpha, segments, stretch);
        return y.to(x.dtype).alias().MoveToOuterDisposeScope();
    }

    /// <summary>What the stretches before this one add to it, [batch, time, hidden] in the states' type.</summary>
    private static Tensor Entered(Tensor x, Tensor alpha, Tensor? segments, Stretch stretch)
    {
        var heads = Heads(x, alpha, null).transpose(1, 2); // [batch, heads, time, head_dim]
        var keep = nn.functional.logsigmoid(Wide.Widen(alpha)).view(1, -1, 1, 1);
        var steps = Stretch.Positions(heads); // 1 ... time
        var weights = (keep * (steps - x.size(1)).neg()).exp();
        if (segments is not null)
            weights = weights * Stretch.EndsIn(segments, weights.dtype).unsqueeze(1);
        var state = (heads * weights).sum(2L, keepdim: true); // [batch, heads, 1, head_dim]
        var entering = stretch.Enter(state, Stretch.Decay(keep * stretch.Length, segments, x.size(0)));
        var y = (keep * steps).exp() * entering;
        if (segments is not null)
            y = y * Stretch.SeesEntry(segments, y.dtype);
        return y.transpose(1, 2).reshape(x.shape);
    }

    /// <summary>The chunked form and the state after the last token: how a prompt is read.</summary>
    public static (Tensor Output, Tensor State) Prefill(Tensor x, Tensor alpha, Tensor? initial = null)
    {
        using var scope = NewDisposeScope();
        var y = Run(x, alpha, initial, null);
        var state = y.select(1, y.size(1) - 1).view(x.size(0), alpha.size(0), -1).clone();
        return scope.MoveToOuter(y.to(x.dtype).alias(), state);
    }

    /// <returns>[batch, time, hidden] in the states' type.</returns>
    private static Tensor Run(Tensor x, Tensor alpha, Tensor? initial, Tensor? segments)
    {
        var heads = Heads(x, alpha, initial);
        var (batch, time, count, width) = (x.size(0), x.size(1), alpha.size(0), heads.size(3));
        var keep = nn.functional.logsigmoid(Wide.Widen(alpha)).view(1, count, 1).expand(batch, count, time);
        if (segments is not null)
            keep = keep.where(SameAsBefore(segments).unsqueeze(1), full_like(keep, Segments.Forget));
        // A token is a chunk of its own here: what enters it, faded once more, and the token itself.
        var before = ChunkState
            .Exclusive(
                heads.transpose(1, 2).reshape(batch * count, time, width),
                keep.reshape(batch * count, time),
                initial?.reshape(batch * count, width)
            )
            .view(batch, count, time, width);
        return (before * keep.exp().unsqueeze(3)).transpose(1, 2).add(heads).reshape(batch, time, count * width);
    }

    /// <summary>Whether a position lies in the document of the one before, bool [batch, time]; the first
    /// does.</summary>
    private static Tensor SameAsBefore(Tensor segments)
    {
        var first = segments.narrow(1, 0, 1);
        return segments.eq(cat([first, segments.narrow(1, 0, segments.size(1) - 1)], 1));
    }

    /// <summary>[batch, time, hidden] to [batch, time, heads, head_dim] in the states' type, the arguments
    /// checked.</summary>
    private static Tensor Heads(Tensor x, Tensor alpha, Tensor? initial)
    {
        if (alpha.dim() != 1 || x.size(2) % alpha.size(0) != 0)
            throw new ArgumentException(
                $"tpe rates: expected [heads] with heads dividing {x.size(2)}, got [{string.Join(", ", alpha.shape)}]"
            );
        if (initial is not null)
            Chunks.Check("tpe state", initial, x.size(0), alpha.size(0), x.size(2) / alpha.size(0));
        return Wide.Widen(x).view(x.size(0), x.size(1), alpha.size(0), -1);
    }
}
