using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace LinearScaling.Torch.Kernels;

/// <summary>What softmax attention does with a row of scores between its matrix products, in place: one pass forward
/// and one backward, and one more over what they left in the nearest cache.</summary>
/// <remarks>A row sees keys from <c>from</c> to <c>to</c>, less one; its other elements, up to a multiple of 16, become
/// 0.</remarks>
internal static unsafe class AttentionRows
{
    /// <summary>Turns scores, times <paramref name="scale"/>, into weights that add up to 1.</summary>
    /// <returns>The logarithm of the sum of exponentials.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Softmax(float* row, long from, long to, long keys, float scale)
    {
        var lowest = Vector512.Create(float.NegativeInfinity);
        var most = lowest;
        for (var j = from / IElements.Width * IElements.Width; j < to; j += IElements.Width)
            most = Vector512.MaxNative(most, Seen(Vector512.Load(row + j), lowest, j, from, to));
        var max = float.NegativeInfinity;
        for (var lane = 0; lane < IElements.Width; lane++)
            max = MathF.Max(max, most[lane]);

        var (shift, factor, sums) = (Vector512.Create(max * scale), Vector512.Create(scale), Vector512<float>.Zero);
        for (var j = from / IElements.Width * IElements.Width; j < to; j += IElements.Width)
        {
            var scores = Seen(Vector512.Load(row + j), lowest, j, from, to);
            var weights = FastExp.Exp(Vector512.FusedMultiplyAdd(scores, factor, -shift));
            sums += weights;
            weights.Store(row + j);
        }
        var sum = Vector512.Sum(sums);
        var share = Vector512.Create(1 / sum);
        for (var j = from / IElements.Width * IElements.Width; j < to; j += IElements.Width)
            (Vector512.Load(row + j) * share).Store(row + j);
        ClearOthers(row, from, to, keys);
        return max * scale + MathF.Log(sum);
    }

    /// <summary>Turns scores into weights again, and the gradients of weights into those of scores.</summary>
    /// <param name="logSum">What <see cref="Softmax"/> returned.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Gradients(float* row, float* d, float logSum, long from, long to, long keys, float scale)
    {
        var lowest = Vector512.Create(float.NegativeInfinity);
        var (shift, factor, sums) = (Vector512.Create(logSum), Vector512.Create(scale), Vector512<float>.Zero);
        for (var j = from / IElements.Width * IElements.Width; j < to; j += IElements.Width)
        {
            var scores = Seen(Vector512.Load(row + j), lowest, j, from, to);
            var weights = FastExp.Exp(Vector512.FusedMultiplyAdd(scores, factor, -shift));
            sums = Vector512.FusedMultiplyAdd(weights, Vector512.Load(d + j), sums);
            weights.Store(row + j);
        }
        var mean = Vector512.Create(Vector512.Sum(sums));
        for (var j = from / IElements.Width * IElements.Width; j < to; j += IElements.Width)
            (Vector512.Load(row + j) * (Vector512.Load(d + j) - mean) * factor).Store(d + j);
        ClearOthers(row, from, to, keys);
        ClearOthers(d, from, to, keys);
    }

    /// <summary>A row that is none: past the end of its sequence.</summary>
    public static void Clear(float* row, long keys) => ClearOthers(row, 0, 0, keys);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Seen(Vector512<float> x, Vector512<float> other, long j, long from, long to)
    {
        if (j >= from && j + IElements.Width <= to)
            return x;
        var key = Vector512<int>.Indices + Vector512.Create((int)j);
        var isSeen =
            Vector512.GreaterThanOrEqual(key, Vector512.Create((int)from))
            & Vector512.LessThan(key, Vector512.Create((int)to));
        return Vector512.ConditionalSelect(isSeen.AsSingle(), x, other);
    }

    private static void ClearOthers(float* row, long from, long to, long keys)
    {
        new Span<float>(row, (int)from).Clear();
        new Span<float>(row + to, (int)(keys - to)).Clear();
    }
}
