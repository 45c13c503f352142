using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using LinearScaling.Torch.Native;

namespace LinearScaling.Torch.Kernels;

/// <summary>Softmax attention of one query a sequence to a cache of keys and values, on the CPU and without a graph;
/// both are read once, where they lie.</summary>
internal static unsafe class QueryKernel
{
    /// <summary>Positions whose values are added up together.</summary>
    private const long Block = 64;

    /// <param name="q">[batch, heads, 1, head_dim]</param>
    /// <param name="k">[batch, kv heads, positions, head_dim], rows contiguous; <paramref name="v"/> alike.</param>
    public static bool Fits(Tensor q, Tensor k, Tensor v) =>
        q.size(2) == 1
        && !is_grad_enabled()
        && Rows.Fit(q)
        && (k.dtype, v.dtype) == (q.dtype, q.dtype)
        && (k.stride(3), v.stride(3)) == (1, 1);

    /// <returns>[batch, heads, 1, head_dim]</returns>
    public static Tensor Apply(Tensor q, Tensor k, Tensor v)
    {
        using var scope = NewDisposeScope();
        q = q.contiguous();
        var y = empty_like(q);
        var (batch, heads, positions) = (q.size(0), q.size(1), k.size(2));
        var room = positions + q.size(3);
        var scratch = empty([batch * heads, room], ScalarType.Float32);
        var narrow = q.dtype == ScalarType.BFloat16;
        Rows.Run(
            "lcs::query",
            batch * heads,
            2 * positions * q.size(3),
            (first, last, _) =>
            {
                for (var head = first; head < last; head++)
                {
                    var shared = head % heads * k.size(1) / heads;
                    var row = new Row(
                        (void*)At(q, head * q.size(3)),
                        (void*)At(k, head / heads * k.stride(0) + shared * k.stride(1)),
                        (void*)At(v, head / heads * v.stride(0) + shared * v.stride(1)),
                        (void*)At(y, head * q.size(3)),
                        (float*)At(scratch, head * room),
                        (k.stride(2), v.stride(2)),
                        positions,
                        q.size(3)
                    );
                    if (narrow)
                        row.Run<Bf16Elements>();
                    else
                        row.Run<Fp32Elements>();
                }
            }
        );
        GC.KeepAlive(k);
        GC.KeepAlive(v);
        return y.MoveToOuterDisposeScope();
    }

    private static nint At(Tensor x, long element) => TensorMemory.Start(x) + (nint)(element * x.ElementSize);

    /// <summary>One query, and the keys and values that it sees.</summary>
    /// <param name="scratch">A weight a position, then a sum a feature.</param>
    private sealed class Row(
        void* q,
        void* k,
        void* v,
        void* y,
        float* scratch,
        (long Key, long Value) stride,
        long positions,
        long width
    )
    {
        private readonly float* sums = scratch + positions;

        public void Run<T>()
            where T : struct, IElements
        {
            Scores<T>();
            var highest = float.NegativeInfinity;
            for (var t = 0L; t < positions; t++)
                highest = MathF.Max(highest, scratch[t]);
            var total = Exponentials(highest);
            new Span<float>(sums, (int)width).Clear();
            for (var t = 0L; t < positions; t += Block)
                Add<T>(t, Math.Min(t + Block, positions));
            for (var j = 0L; j < width; j++)
                T.StoreOne(sums[j] / total, y, j);
        }

        /// <summary>Products of the query and each key, over the root of their width.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Scores<T>()
            where T : struct, IElements
        {
            var scale = 1 / MathF.Sqrt(width);
            var t = 0L;
            for (; t + 4 <= positions; t += 4)
            {
                var (k0, k1) = (t * stride.Key, (t + 1) * stride.Key);
                var (k2, k3) = ((t + 2) * stride.Key, (t + 3) * stride.Key);
                var (sum0, sum1) = (Vector256<float>.Zero, Vector256<float>.Zero);
                var (sum2, sum3) = (Vector256<float>.Zero, Vector256<float>.Zero);
                var j = 0L;
                for (; j + IElements.Half <= width; j += IElements.Half)
                {
                    var query = T.LoadHalf(q, j);
                    sum0 = Vector256.FusedMultiplyAdd(query, T.LoadHalf(k, k0 + j), sum0);
                    sum1 = Vector256.FusedMultiplyAdd(query, T.LoadHalf(k, k1 + j), sum1);
                    sum2 = Vector256.FusedMultiplyAdd(query, T.LoadHalf(k, k2 + j), sum2);
                    sum3 = Vector256.FusedMultiplyAdd(query, T.LoadHalf(k, k3 + j), sum3);
                }
                var score = LaneSums.Four(sum0, sum1, sum2, sum3);
                for (; j < width; j++)
                    score +=
                        Vector128.Create(T.One(k, k0 + j), T.One(k, k1 + j), T.One(k, k2 + j), T.One(k, k3 + j))
                        * T.One(q, j);
                (score * scale).Store(scratch + t);
            }
            for (; t < positions; t++)
            {
                var score = 0f;
                for (var j = 0L; j < width; j++)
                    score += T.One(q, j) * T.One(k, t * stride.Key + j);
                scratch[t] = score * scale;
            }
        }

        /// <summary>Scores to e^(score - highest), whose sum is returned.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private float Exponentials(float highest)
        {
            var (sum, t) = (Vector512<float>.Zero, 0L);
            for (; t + IElements.Width <= positions; t += IElements.Width)
            {
                var weight = FastExp.Exp(Vector512.Load(scratch + t) - Vector512.Create(highest));
                weight.Store(scratch + t);
                sum += weight;
            }
            var total = Vector512.Sum(sum);
            for (; t < positions; t++)
                total += scratch[t] = MathF.Exp(scratch[t] - highest);
            return total;
        }

        /// <summary>Adds the weighted values of some positions, few enough for the first cache to keep.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Add<T>(long first, long end)
            where T : struct, IElements
        {
            var j = 0L;
            for (; j + 4 * IElements.Half <= width; j += 4 * IElements.Half)
            {
                var to = sums + j;
                var (sum0, sum1) = (Vector256.Load(to), Vector256.Load(to + IElements.Half));
                var (sum2, sum3) = (Vector256.Load(to + 2 * IElements.Half), Vector256.Load(to + 3 * IElements.Half));
                for (var (t, at) = (first, first * stride.Value + j); t < end; t++, at += stride.Value)
                {
                    var weight = Vector256.Create(scratch[t]);
                    sum0 = Vector256.FusedMultiplyAdd(weight, T.LoadHalf(v, at), sum0);
                    sum1 = Vector256.FusedMultiplyAdd(weight, T.LoadHalf(v, at + IElements.Half), sum1);
                    sum2 = Vector256.FusedMultiplyAdd(weight, T.LoadHalf(v, at + 2 * IElements.Half), sum2);
                    sum3 = Vector256.FusedMultiplyAdd(weight, T.LoadHalf(v, at + 3 * IElements.Half), sum3);
                }
                sum0.Store(to);
                sum1.Store(to + IElements.Half);
                sum2.Store(to + 2 * IElements.Half);
                sum3.Store(to + 3 * IElements.Half);
            }
            for (; j < width; j++)
            for (var t = first; t < end; t++)
                sums[j] += scratch[t] * T.One(v, t * stride.Value + j);
        }
    }
}
