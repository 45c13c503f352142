using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using LinearScaling.Torch.Native;

namespace LinearScaling.Torch.Kernels;

/// <summary>Cross-entropy of fp32 or bf16 logits on the CPU, and its gradient in their place: three reads and one write
/// of each row while it is in a cache.</summary>
public static unsafe class SoftmaxGradient
{
    /// <param name="logits">[rows, vocab], contiguous, fp32 or bf16; becomes (softmax - one at the target)
    /// scale.</param>
    /// <param name="targets">int64 [rows], contiguous.</param>
    /// <returns>The sum of the rows' losses in nats.</returns>
    public static double InPlace(Tensor logits, Tensor targets, double scale)
    {
        var (rows, vocab) = (logits.size(0), logits.size(1));
        var (start, target) = (TensorMemory.Start(logits), TensorMemory.Start(targets));
        var losses = new double[Rows.Parts(rows, vocab)];
        Rows.Run(
            "lcs::softmax_gradient",
            rows,
            vocab,
            (first, last, part) =>
                losses[part] =
                    logits.dtype == ScalarType.BFloat16
                        ? InPlace<Bf16Elements>((void*)start, (long*)target, first, last, vocab, scale)
                        : InPlace<Fp32Elements>((void*)start, (long*)target, first, last, vocab, scale)
        );
        GC.KeepAlive(targets);
        GC.KeepAlive(logits);
        return losses.Sum();
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double InPlace<T>(void* logits, long* targets, long first, long last, long vocab, double scale)
        where T : struct, IElements
    {
        var loss = 0.0;
        for (var row = first; row < last; row++)
        {
            var (start, end) = (row * vocab, (row + 1) * vocab);
            var largest = Vector512.Create(float.NegativeInfinity);
            var i = start;
            for (; i + IElements.Width <= end; i += IElements.Width)
                largest = Vector512.MaxNative(largest, T.Load(logits, i));
            var max = float.NegativeInfinity;
            for (var lane = 0; lane < IElements.Width; lane++)
                max = Math.Max(max, largest[lane]);
            for (; i < end; i++)
                max = Math.Max(max, T.One(logits, i));

            var (most, sums) = (Vector512.Create(max), Vector512<float>.Zero);
            for (i = start; i + IElements.Width <= end; i += IElements.Width)
                sums += FastExp.Exp(T.Load(logits, i) - most);
            double sum = Vector512.Sum(sums);
            for (; i < end; i++)
                sum += FastExp.Exp(Vector512.Create(T.One(logits, i) - max)).ToScalar();

            var chosen = start + targets[row];
            // its gradient is formed before rounding: for a confident prediction rounding would erase it
            var right = T.One(logits, chosen) - max;
            loss += Math.Log(sum) - right;
            var weight = (float)(scale / sum);
            for (i = start; i + IElements.Width <= end; i += IElements.Width)
                T.Store(FastExp.Exp(T.Load(logits, i) - most) * weight, logits, i);
            for (; i < end; i++)
                T.StoreOne(FastExp.Exp(Vector512.Create(T.One(logits, i) - max)).ToScalar() * weight, logits, i);
            T.StoreOne((float)((Math.Exp(right) / sum - 1) * scale), logits, chosen);
        }
        return loss;
    }
}
