namespace LinearScaling.Torch.Kernels.Scan;

/// <summary>LRPE's cosines and sines for a scan: those of a chunk's tokens and those of the chunks' first tokens, from
/// which the rest follow. Angles are reduced in fp64, so that every position is exact enough.</summary>
internal sealed class ScanAngles : IDisposable
{
    private readonly Tensor[] tensors;

    private ScanAngles(ScanMemory memory, Tensor theta, long start, long time, long chunks)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        var offsets = arange(Math.Min(ScanScratch.Tokens, time), dtype: ScalarType.Float64);
        var starts = arange(chunks, dtype: ScalarType.Float64).mul_(ScanScratch.Tokens).add_(start);
        var (offset, first) = (Reduced(theta, offsets), Reduced(theta, starts));
        tensors = [offset.cos(), offset.sin(), first.cos(), first.sin()];
        memory.SetAngles(tensors[0], tensors[1], tensors[2], tensors[3]);
        foreach (var tensor in tensors)
            tensor.DetachFromDisposeScope();
    }

    /// <summary>Gives a scan its angles until disposed; null where it turns nothing.</summary>
    public static ScanAngles? Set(ScanMemory memory, ScanInputs inputs, long start) =>
        inputs.Theta is null ? null : new(memory, inputs.Theta, start, inputs.Time, inputs.Chunks);

    /// <summary>Angles less whole turns, fp32 [heads, positions, key].</summary>
    private static Tensor Reduced(Tensor theta, Tensor positions)
    {
        var angle = positions.unsqueeze(1) * theta.to(ScalarType.Float64).unsqueeze(1);
        return (angle - angle.mul(1 / Math.Tau).round().mul_(Math.Tau)).to(ScalarType.Float32).contiguous();
    }

    public void Dispose()
    {
        foreach (var tensor in tensors)
            tensor.Dispose();
    }
}
