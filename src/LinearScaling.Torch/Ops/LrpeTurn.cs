namespace LinearScaling.Torch.Ops;

/// <summary>LRPE (see <see cref="Rotary.Lrpe"/>) of one stretch of tokens with heads first, and its gradient: the cosines live no longer than the stretch.</summary>
internal sealed class LrpeTurn
{
    private readonly Tensor positions; // [tokens, 1]
    private readonly Tensor cos;       // [heads, tokens, key]
    private readonly Tensor sin;

    /// <param name="theta">Angle a position, [heads, key]; used in fp32 or fp64, since positions above 256 would collapse in bf16.</param>
    /// <param name="start">Position of the first token.</param>
    public LrpeTurn(Tensor theta, long start, long tokens, ScalarType type)
    {
        theta = Wide.Of(theta);
        positions = arange(start, start + tokens, dtype: theta.dtype, device: theta.device).unsqueeze(1);
        var angle = positions * theta.unsqueeze(1);
        (cos, sin) = (angle.cos().to(type), angle.sin().to(type));
    }

    /// <summary>[batch, heads, tokens, key] to [batch, heads, tokens, 2 key].</summary>
    public Tensor Of(Tensor x) => cat([x * cos, x * sin], 3);

    /// <summary>The gradient of x; that of theta is added to <paramref name="dTheta"/>.</summary>
    public Tensor Back(Tensor gradient, Tensor x, Tensor dTheta)
    {
        var (dCos, dSin) = (gradient.narrow(3, 0, x.size(3)), gradient.narrow(3, x.size(3), x.size(3)));
        var dAngle = Wide.Of(dSin * cos).sub_(dCos * sin).mul_(x);
        dTheta.add_(dAngle.sum(0L).mul_(positions).sum(1L));
        return (dCos * cos).add_(dSin * sin);
    }
}
