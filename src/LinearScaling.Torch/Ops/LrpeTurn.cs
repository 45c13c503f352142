namespace LinearScaling.Torch.Ops;

/// <summary>LRPE (see <see cref="Rotary.Lrpe"/>) of tiles of tokens with heads first, and its gradient. The cosines are
/// freed with their tile.</summary>
/// <remarks>
/// The cosines of the first tokens are computed once; those of a tile follow from them and the angle of its first
/// token. That is cheaper than cosines, most of all for large angles: beyond position 10,000 a cosine takes five times
/// as long in libtorch.
/// </remarks>
internal sealed class LrpeTurn
{
    private readonly Tensor theta; // [heads, 1, key]
    private readonly Tensor offset; // [tokens, 1]: positions within a tile
    private readonly Tensor cos; // [heads, tokens, key], of those positions
    private readonly Tensor sin;
    private readonly ScalarType type;

    /// <param name="theta">Angle per position, [heads, key].</param>
    /// <param name="tokens">The most tokens of a tile.</param>
    /// <param name="type">Of what is turned.</param>
    public LrpeTurn(Tensor theta, long tokens, ScalarType type)
    {
        this.type = type;
        this.theta = theta.unsqueeze(1);
        offset = arange(tokens, dtype: ScalarType.Float64, device: theta.device).unsqueeze(1);
        (cos, sin) = Cosines(offset);
        offset = offset.to(Wide.Type(theta.dtype));
    }

    /// <param name="start">Position of the tile's first token.</param>
    public TileRange At(long start, long tokens)
    {
        var (c, s) = (cos.narrow(1, 0, tokens), sin.narrow(1, 0, tokens));
        if (start > 0)
        {
            var (first, firstSin) = Cosines(full(1, start, dtype: ScalarType.Float64, device: theta.device));
            (c, s) = (c.mul(first).addcmul_(s, firstSin, value: -1), s.mul(first).addcmul_(c, firstSin, value: 1));
        }
        return new(c.to(type), s.to(type), offset.narrow(0, 0, tokens).add(start));
    }

    private (Tensor Cos, Tensor Sin) Cosines(Tensor positions)
    {
        var angle = Rotary.Angles(positions, theta);
        return (angle.cos(), angle.sin());
    }

    /// <param name="Cos">[heads, tokens, key]</param>
    /// <param name="Sin">[heads, tokens, key]</param>
    /// <param name="Positions">[tokens, 1]</param>
    public sealed record TileRange(Tensor Cos, Tensor Sin, Tensor Positions)
    {
        /// <summary>[batch, heads, tokens, key] to [batch, heads, tokens, 2 key].</summary>
        public Tensor Apply(Tensor x) => cat([x * Cos, x * Sin], 3);

        /// <summary>The gradient of x; that of theta is added to <paramref name="dTheta"/>.</summary>
        public Tensor Back(Tensor gradient, Tensor x, Tensor dTheta)
        {
            var (dCos, dSin) = (gradient.narrow(3, 0, x.size(3)), gradient.narrow(3, x.size(3), x.size(3)));
            var dAngle = Wide.Widen(dSin * Cos).sub_(dCos * Sin).mul_(x);
            dTheta.add_(dAngle.sum(0L).mul_(Positions).sum(1L));
            return (dCos * Cos).add_(dSin * Sin);
        }
    }
}
