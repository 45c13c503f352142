namespace LinearScaling.Torch.Ops;

/// <summary>RoPE's cosines and sines at the positions of some tokens, the same for every layer, for queries and
/// keys.</summary>
public sealed class RopeAngles : IDisposable
{
    private readonly long start;

    /// <param name="headDim">Features of a head.</param>
    /// <param name="base">Of the frequencies.</param>
    /// <param name="start">Position of the first token.</param>
    /// <param name="time">Tokens.</param>
    /// <param name="type">fp32, or fp64.</param>
    public RopeAngles(long headDim, double @base, long start, long time, ScalarType type, Device device)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        this.start = start;
        var half = headDim / 2;
        var frequency = arange(half, dtype: ScalarType.Float64, device: device)
            .mul_(-Math.Log(@base) / half)
            .exp_()
            .to(type);
        var angle = arange(start, start + time, dtype: type, device: device).unsqueeze(1) * frequency;
        (Cos, Sin) = (angle.cos().DetachFromDisposeScope(), angle.sin().DetachFromDisposeScope());
    }

    /// <summary>[time, head_dim / 2]</summary>
    public Tensor Cos { get; }

    /// <summary>[time, head_dim / 2]</summary>
    public Tensor Sin { get; }

    /// <summary>Whether they are those of <paramref name="time"/> tokens from <paramref name="start"/> on.</summary>
    public bool Fit(long start, long time) => (start, time) == (this.start, Cos.size(0));

    public void Dispose()
    {
        Cos.Dispose();
        Sin.Dispose();
    }
}
