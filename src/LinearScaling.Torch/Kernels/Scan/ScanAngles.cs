using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using LinearScaling.Torch.Native;

namespace LinearScaling.Torch.Kernels.Scan;

/// <summary>LRPE's cosines and sines for a scan: those of a chunk's tokens and those of the chunks' first tokens, from
/// which the rest follow. Angles are reduced in fp64, so that every position is exact enough.</summary>
internal sealed unsafe class ScanAngles : IDisposable
{
    private readonly Tensor[] tensors;

    private ScanAngles(ScanMemory memory, ScanInputs inputs, long start)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        var theta = inputs.Theta!.contiguous();
        var (offsets, starts) = (Math.Min(ScanScratch.Tokens, inputs.Time), (long)inputs.Chunks);
        Tensor Empty(long positions) => empty([inputs.Heads, positions, inputs.Key], ScalarType.Float32);
        tensors = [Empty(offsets), Empty(offsets), Empty(starts), Empty(starts)];
        Fill(theta, 0, 1, tensors[0], tensors[1]);
        Fill(theta, start, ScanScratch.Tokens, tensors[2], tensors[3]);
        memory.SetAngles(tensors[0], tensors[1], tensors[2], tensors[3]);
        foreach (var tensor in tensors)
            tensor.DetachFromDisposeScope();
    }

    /// <summary>Gives a scan its angles until disposed; null where it turns nothing.</summary>
    public static ScanAngles? Set(ScanMemory memory, ScanInputs inputs, long start) =>
        inputs.Theta is null ? null : new(memory, inputs, start);

    /// <summary>Those at the positions first, first + step, ..., [heads, positions, key].</summary>
    /// <param name="theta">fp32 [heads, key]</param>
    private static void Fill(Tensor theta, long first, long step, Tensor cos, Tensor sin)
    {
        var (heads, positions, key) = (cos.size(0), cos.size(1), cos.size(2));
        var from = Floats(theta);
        var c = Floats(cos);
        var s = Floats(sin);
        for (var head = 0L; head < heads; head++, from += key)
        for (var p = 0L; p < positions; p++, c += key, s += key)
            Row(from, first + p * step, key, c, s);
        GC.KeepAlive(theta);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Row(float* theta, double position, long key, float* cos, float* sin)
    {
        var i = 0L;
        for (; i + IElements.Width <= key; i += IElements.Width)
        {
            var (lower, upper) = Vector512.Widen(Vector512.Load(theta + i));
            var (sinLower, cosLower) = Vector512.SinCos(Reduced(lower * position));
            var (sinUpper, cosUpper) = Vector512.SinCos(Reduced(upper * position));
            Vector512.Narrow(cosLower, cosUpper).Store(cos + i);
            Vector512.Narrow(sinLower, sinUpper).Store(sin + i);
        }
        for (; i < key; i++)
        {
            var angle = theta[i] * position;
            var (sine, cosine) = Math.SinCos(angle - Math.Round(angle / Math.Tau) * Math.Tau);
            (sin[i], cos[i]) = ((float)sine, (float)cosine);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<double> Reduced(Vector512<double> angle) =>
        angle - Vector512.Round(angle * (1 / Math.Tau)) * Math.Tau;

    private static float* Floats(Tensor x) => (float*)TensorMemory.Start(x);

    public void Dispose()
    {
        foreach (var tensor in tensors)
            tensor.Dispose();
    }
}
