using LinearScaling.Torch.Kernels;

namespace LinearScaling.Torch.Ops;

/// <summary>Position as rotation: RoPE for softmax attention, LRPE for linear attention.</summary>
/// <remarks>Positions are integers and angles never bf16, in which positions above 256 would collapse: RoPE's are fp32,
/// as its users' are, LRPE's fp64.</remarks>
public static class Rotary
{
    /// <summary>
    /// RoPE (arXiv 2104.09864) in the half-rotation convention: pair (j, j + head_dim / 2) turns by
    /// p * base^(-2 j / head_dim).
    /// </summary>
    /// <param name="x">[batch, time, heads, head_dim]</param>
    public static Tensor Rope(Tensor x, RopeAngles angles)
    {
        using var scope = NewDisposeScope();
        if (Rows.Fit(x))
            return RopeKernel.Apply(x, angles.Cos, angles.Sin).MoveToOuterDisposeScope();
        // [time, 1, half]
        var (cos, sin) = (angles.Cos.to(x.dtype).unsqueeze(1), angles.Sin.to(x.dtype).unsqueeze(1));
        var half = x.size(3) / 2;
        var (a, b) = (x.narrow(3, 0, half), x.narrow(3, half, half));
        return cat([a * cos - b * sin, b * cos + a * sin], 3).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// LRPE, cosine type (arXiv 2307.14995): [x cos(p theta); x sin(p theta)], so that q_t . k_s becomes
    /// sum_j q_j k_j cos(theta_j (t - s)).
    /// </summary>
    /// <param name="x">[batch, time, heads, head_dim], position <paramref name="start"/> first.</param>
    /// <param name="theta">Angle per position, [heads, head_dim].</param>
    /// <returns>[batch, time, heads, 2 head_dim].</returns>
    public static Tensor Lrpe(Tensor x, Tensor theta, long start)
    {
        using var scope = NewDisposeScope();
        var angle = Angles(Positions(x, start).view(-1, 1, 1), theta); // [time, heads, head_dim]
        return cat([x * angle.cos().to(x.dtype), x * angle.sin().to(x.dtype)], 3).MoveToOuterDisposeScope();
    }

    /// <summary>The angles less whole turns, fp32 or fp64 as theta; computed in fp64, so that every position is exact
    /// enough.</summary>
    internal static Tensor Angles(Tensor positions, Tensor theta)
    {
        var angle = positions.to(ScalarType.Float64) * theta.to(ScalarType.Float64);
        return (angle - angle.mul(1 / Math.Tau).round().mul_(Math.Tau)).to(Wide.Type(theta.dtype));
    }

    private static Tensor Positions(Tensor x, long start) =>
        arange(start, start + x.size(1), dtype: Wide.Type(x.dtype), device: x.device);
}
