namespace LinearScaling.Torch.Ops;

/// <summary>
/// Toeplitz positional encoding as a sum of exponentials: y_t[c] = sum_{s &lt;= t} sum_j B[c, j] lambda_j^(t - s)
/// x_s[c] with lambda_j = exp(-2^(-8 (j + 1) / e)), one causal convolution per channel, whose state is [e, hidden]
/// (arXiv 2406.16690, appendix A.1.4, whose TPE has these d e parameters and 4 d e FLOPs per token).
/// </summary>
/// <remarks>x is [batch, time, hidden], B is [hidden, e], states are fp32 (fp64 with fp64 inputs) [batch, e, hidden];
/// computed in the states' type.</remarks>
public static class ExponentialSum
{
    /// <summary>-log lambda_j, [e].</summary>
    public static Tensor Rates(long expansion, ScalarType type, Device device)
    {
        using var scope = NewDisposeScope();
        var exponent =
            (arange(expansion, dtype: ScalarType.Float64, device: device) + 1) * (-8 * Math.Log(2) / expansion);
        return exponent.exp().to(type).alias().MoveToOuterDisposeScope();
    }

    /// <summary>The definition, token by token: decoding, and what the other forms must equal.</summary>
    /// <returns>Output, and the state after the last token.</returns>
    public static (Tensor Output, Tensor State) Recurrent(Tensor x, Tensor weight, Tensor? initial = null)
    {
        using var scope = NewDisposeScope();
        var (wide, b) = (Wide.Widen(x), Wide.Widen(weight).t());
        var keep = Rates(weight.size(1), wide.dtype, x.device).neg_().exp_().unsqueeze(1);
        var state = initial?.alias() ?? Wide.Zeros(x, x.size(0), weight.size(1), x.size(2));
        var outputs = new List<Tensor>();
        for (var t = 0L; t < x.size(1); t++)
        {
            state = state * keep + wide.narrow(1, t, 1);
            outputs.Add((state * b).sum(1L, keepdim: true));
        }
        return scope.MoveToOuter(cat(outputs, 1).to(x.dtype).alias(), state);
    }

    /// <summary>The Toeplitz matrix of every channel over the whole sequence: quadratic in time, for tests.</summary>
    /// <param name="segments">Document number of each position, int64 [batch, time]; no token sees another document.
    /// Null: one document.</param>
    public static Tensor Parallel(Tensor x, Tensor weight, Tensor? segments = null)
    {
        using var scope = NewDisposeScope();
        var wide = Wide.Widen(x);
        var toeplitz = Toeplitz(Wide.Widen(weight), x.size(1)); // [hidden, time, time]
        var mask = segments is null ? null : Segments.Same(segments).unsqueeze(1).to(wide.dtype);
        var perChannel = mask is null ? toeplitz.unsqueeze(0) : toeplitz.unsqueeze(0) * mask;
        return perChannel
            .matmul(wide.transpose(1, 2).unsqueeze(3))
            .squeeze(3)
            .transpose(1, 2)
            .to(x.dtype)
            .alias()
            .MoveToOuterDisposeScope();
    }

    /// <summary>The training form: a Toeplitz product inside chunks, with a state passed between them.</summary>
    /// <param name="segments">Document number of each position, int64 [batch, time], never decreasing; no token sees
    /// another document. Null: one document.</param>
    /// <param name="stretch">Which tokens of their sequences these are, where other processes have the others.</param>
    public static Tensor Chunked(
        Tensor x,
        Tensor weight,
        int chunkSize,
        Tensor? segments = null,
        Stretch? stretch = null
    )
    {
        using var scope = NewDisposeScope();
        var y = Alone(x, weight, chunkSize, segments);
        return (stretch is null ? y : y + Entered(x, weight, segments, stretch)).MoveToOuterDisposeScope();
    }

    private static Tensor Alone(Tensor x, Tensor weight, int chunkSize, Tensor? segments)
    {
        if (segments is null)
            return Run(x, weight, chunkSize, null, null, wantState: false).Output;

        // Every document starts a chunk of its own, so that the Toeplitz matrices need no mask.
        var layout = DocumentChunks.Cut(segments, chunkSize);
        return layout.Unpack(Run(layout.Pack(x), weight, chunkSize, null, layout.Last, wantState: false).Output);
    }

    /// <summary>What the stretches before this one add to it.</summary>
    private static Tensor Entered(Tensor x, Tensor weight, Tensor? segments, Stretch stretch)
    {
        var (wide, b) = (Wide.Widen(x), Wide.Widen(weight));
        var rates = Rates(weight.size(1), wide.dtype, x.device).view(1, -1, 1, 1);
        var steps = Stretch.Positions(wide.unsqueeze(1)).view(-1); // 1 ... time
        var last = segments is null ? wide : wide * Stretch.EndsIn(segments, wide.dtype);
        // [e, time]: what is left of each token at the end
        var toEnd = rates.view(-1, 1).mul(steps - x.size(1)).exp();
        var state = toEnd.unsqueeze(0).matmul(last).unsqueeze(1); // [batch, 1, e, hidden]
        var decay = Stretch.Decay(rates.view(1, 1, -1, 1).mul(-stretch.Length), segments, x.size(0));
        var entering = stretch.Enter(state, decay).squeeze(1) * b.t();
        var fromStart = rates.view(1, -1).mul(steps.neg().unsqueeze(1)).exp(); // [time, e]
        var y = fromStart.unsqueeze(0).matmul(entering);
        return (segments is null ? y : y * Stretch.SeesEntry(segments, y.dtype).squeeze(1)).to(x.dtype);
    }

    /// <summary>The chunked form and the state after the last token: how a prompt is read.</summary>
    public static (Tensor Output, Tensor State) Prefill(Tensor x, Tensor weight, int chunkSize, Tensor? initial = null)
    {
        using var scope = NewDisposeScope();
        var (output, state) = Run(x, weight, chunkSize, initial, null, wantState: true);
        return scope.MoveToOuter(output, state!);
    }

    /// <param name="last">Per chunk, whether it leaves nothing to the next, bool [chunks]; null: all do.</param>
    private static (Tensor Output, Tensor? State) Run(
        Tensor x,
        Tensor weight,
        int chunkSize,
        Tensor? initial,
        Tensor? last,
        bool wantState
    )
    {
        var (batch, time, width, expansion) = (x.size(0), x.size(1), x.size(2), weight.size(1));
        Chunks.Check("tpe weight", weight, width, expansion);
        if (initial is not null)
            Chunks.Check("tpe state", initial, batch, expansion, width);
        var size = Math.Min(chunkSize, time);
        var count = (time + size - 1) / size;
        var missing = count * size - time;
        var (wide, b) = (Wide.Widen(x), Wide.Widen(weight));
        if (missing > 0)
            wide = nn.functional.pad(wide, [0, 0, 0, missing]);
        var chunked = wide.contiguous().view(batch, count, size, width);

        var inside = bmm(Toeplitz(b, size), chunked.permute(3, 2, 0, 1).reshape(width, size, batch * count))
            .view(width, size, batch, count)
            .permute(2, 3, 1, 0);
        if (count == 1 && initial is null && !wantState)
            return (Finish(inside), null);

        var rates = Rates(expansion, wide.dtype, x.device);
        var position = arange(size, dtype: wide.dtype, device: x.device);
        var toEnd = (rates.unsqueeze(1) * (position - (size - 1))).exp_(); // [e, size]
        var added = toEnd.expand(batch * count, expansion, size).bmm(chunked.view(batch * count, size, width));
        if (last is not null)
            added = added * last.logical_not().to(wide.dtype).view(batch * count, 1, 1);
        var decay = rates
            .mul(-size)
            .view(1, expansion, 1)
            .expand(batch, expansion, count)
            .reshape(batch * expansion, count);
        if (last is not null)
            decay = decay + last.to(wide.dtype) * Segments.Forget;
        var states = ChunkState
            .Exclusive(
                added.view(batch, count, expansion, width).transpose(1, 2).reshape(batch * expansion, count, width),
                decay,
                initial?.reshape(batch * expansion, width)
            )
            .view(batch, expansion, count, width)
            .transpose(1, 2);
        var fromStart = (rates * (position + 1).neg_().unsqueeze(1)).exp_(); // [size, e]
        var entered = fromStart
            .expand(batch * count, size, expansion)
            .bmm((states * b.t()).reshape(batch * count, expansion, width));
        return (Finish(inside + entered.view(batch, count, size, width)), wantState ? Last() : null);

        Tensor Finish(Tensor y)
        {
            var whole = y.reshape(batch, count * size, width);
            return (missing > 0 ? whole.narrow(1, 0, time) : whole).to(x.dtype).alias();
        }

        // A partial last chunk decays only over the rows it has.
        Tensor Last()
        {
            var n = size - missing;
            var weights = (rates.unsqueeze(1) * (arange(n, dtype: wide.dtype, device: x.device) - (n - 1))).exp_();
            return states.select(1, count - 1) * rates.mul(-n).exp().unsqueeze(1)
                + weights.matmul(chunked.select(1, count - 1).narrow(1, 0, n));
        }
    }

    /// <summary>Entry [c, r, m] = sum_j B[c, j] lambda_j^(r - m) for m &lt;= r, else 0.</summary>
    private static Tensor Toeplitz(Tensor b, long size)
    {
        var lags = arange(size, dtype: b.dtype, device: b.device).neg_().unsqueeze(1);
        var kernel = b.matmul((Rates(b.size(1), b.dtype, b.device) * lags).exp_().t()); // [hidden, size]
        return nn.functional.pad(kernel, [size - 1, 0]).unfold(1, size, 1).flip(2);
    }
}
