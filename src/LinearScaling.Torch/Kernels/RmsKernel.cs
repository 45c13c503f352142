using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using LinearScaling.Torch.Native;

namespace LinearScaling.Torch.Kernels;

/// <summary>RMSNorm of fp32 or bf16 rows on the CPU, one pass forward and one backward, computed in fp32.</summary>
internal sealed unsafe class RmsKernel : autograd.MultiTensorFunction<RmsKernel>
{
    /// <summary>Rows whose gain gradients are summed first, so that no long sum is a chain of small
    /// additions.</summary>
    private const long Block = 128;

    public override string Name => nameof(RmsKernel);

    /// <param name="x">[..., width], of what <see cref="Rows.Fit"/> accepts.</param>
    /// <param name="gain">fp32 [width], or null.</param>
    public static Tensor Apply(Tensor x, Tensor? gain, double eps) =>
        is_grad_enabled() ? apply(x, gain!, eps)[0] : Forward(x, gain, (float)eps);

    public override List<Tensor> forward(autograd.AutogradContext ctx, params object[] vars)
    {
        using var guard = no_grad();
        var (x, gain, eps) = ((Tensor)vars[0], vars[1] as Tensor, (double)vars[2]);
        ctx.save_for_backward(gain is null ? [x] : [x, gain]);
        ctx.save_data("eps", eps);
        return [Forward(x, gain, (float)eps)];
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, List<Tensor> gradients)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        var saved = ctx.get_saved_variables();
        var gain = saved.Count > 1 ? saved[1] : null;
        var (dx, dGain) = Backward(saved[0], gain, gradients[0], (float)(double)ctx.get_data("eps"));
        foreach (var tensor in gradients.Concat(saved))
            tensor.Dispose();
        return [dx.MoveToOuterDisposeScope(), dGain?.MoveToOuterDisposeScope()!, null!];
    }

    private static Tensor Forward(Tensor x, Tensor? gain, float eps)
    {
        using var scope = NewDisposeScope();
        x = x.contiguous();
        var (y, width) = (empty_like(x), x.size(-1));
        var (from, to, gains) = (
            TensorMemory.Start(x),
            TensorMemory.Start(y),
            gain is null ? 0 : TensorMemory.Start(gain)
        );
        Rows.Run(
            "lcs::rms_norm",
            x.numel() / width,
            width,
            (first, last, _) =>
            {
                if (x.dtype == ScalarType.BFloat16)
                    Forward<Bf16Elements>((void*)from, (float*)gains, (void*)to, first, last, width, eps);
                else
                    Forward<Fp32Elements>((void*)from, (float*)gains, (void*)to, first, last, width, eps);
            }
        );
        GC.KeepAlive(gain);
        return y.MoveToOuterDisposeScope();
    }

    private static (Tensor X, Tensor? Gain) Backward(Tensor x, Tensor? gain, Tensor dy, float eps)
    {
        using var scope = NewDisposeScope();
        (x, dy) = (x.contiguous(), dy.contiguous());
        var (dx, width, rows) = (empty_like(x), x.size(-1), x.numel() / x.size(-1));
        var dGains = gain is null ? null : zeros([Rows.Parts(rows, width), 2, width], ScalarType.Float32);
        var (from, over, to) = (TensorMemory.Start(x), TensorMemory.Start(dy), TensorMemory.Start(dx));
        var (gains, sums) = gain is null ? (0, 0) : (TensorMemory.Start(gain), TensorMemory.Start(dGains!));
        Rows.Run(
            "lcs::rms_norm_backward",
            rows,
            width,
            (first, last, part) =>
            {
                var sum = (float*)sums + part * 2 * width;
                if (x.dtype == ScalarType.BFloat16)
                    Backward<Bf16Elements>(
                        (void*)from,
                        (float*)gains,
                        (void*)over,
                        (void*)to,
                        sum,
                        first,
                        last,
                        width,
                        eps
                    );
                else
                    Backward<Fp32Elements>(
                        (void*)from,
                        (float*)gains,
                        (void*)over,
                        (void*)to,
                        sum,
                        first,
                        last,
                        width,
                        eps
                    );
            }
        );
        GC.KeepAlive(gain);
        return (dx.MoveToOuterDisposeScope(), dGains?.select(1, 0).sum(0L).MoveToOuterDisposeScope());
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Forward<T>(void* x, float* gain, void* y, long first, long last, long width, float eps)
        where T : struct, IElements
    {
        for (var row = first; row < last; row++)
        {
            var (start, end) = (row * width, (row + 1) * width);
            var scale = 1 / MathF.Sqrt(SumOfSquares<T>(x, start, end) / width + eps);
            var i = start;
            for (; i + IElements.Width <= end; i += IElements.Width)
            {
                var value = T.Load(x, i) * scale;
                T.Store(gain == null ? value : value * Vector512.Load(gain + (i - start)), y, i);
            }
            for (; i < end; i++)
                T.StoreOne(T.One(x, i) * scale * (gain == null ? 1 : gain[i - start]), y, i);
        }
    }

    /// <summary>With r = 1 / sqrt(mean(x^2) + eps) and g = dy gain: dx = r (g - x r^2 mean(g x)), d gain = sum over
    /// rows of dy x r.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Backward<T>(
        void* x,
        float* gain,
        void* dy,
        void* dx,
        float* dGain,
        long first,
        long last,
        long width,
        float eps
    )
        where T : struct, IElements
    {
        for (var row = first; row < last; row++)
        {
            var (start, end) = (row * width, (row + 1) * width);
            var r = 1 / MathF.Sqrt(SumOfSquares<T>(x, start, end) / width + eps);
            var sums = Vector512<float>.Zero;
            var i = start;
            for (; i + IElements.Width <= end; i += IElements.Width)
            {
                var (value, g) = (T.Load(x, i), T.Load(dy, i));
                if (gain != null)
                {
                    var block = dGain + width + (i - start);
                    (Vector512.Load(block) + g * value * r).Store(block);
                    g *= Vector512.Load(gain + (i - start));
                }
                sums += g * value;
            }
            var dot = Vector512.Sum(sums);
            for (; i < end; i++)
            {
                var (value, g) = (T.One(x, i), T.One(dy, i));
                if (gain != null)
                {
                    dGain[width + i - start] += g * value * r;
                    g *= gain[i - start];
                }
                dot += g * value;
            }
            var back = r * r * r * dot / width;
            for (i = start; i + IElements.Width <= end; i += IElements.Width)
            {
                var g = T.Load(dy, i);
                if (gain != null)
                    g *= Vector512.Load(gain + (i - start));
                T.Store(g * r - T.Load(x, i) * back, dx, i);
            }
            for (; i < end; i++)
                T.StoreOne(T.One(dy, i) * (gain == null ? 1 : gain[i - start]) * r - T.One(x, i) * back, dx, i);

            if (gain != null && (row + 1 == last || (row + 1 - first) % Block == 0))
                for (var j = 0L; j < width; j++)
                {
                    dGain[j] += dGain[width + j];
                    dGain[width + j] = 0;
                }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float SumOfSquares<T>(void* x, long start, long end)
        where T : struct, IElements
    {
        var (a, b) = (Vector512<float>.Zero, Vector512<float>.Zero);
        var i = start;
        for (; i + 2 * IElements.Width <= end; i += 2 * IElements.Width)
        {
            var (v, w) = (T.Load(x, i), T.Load(x, i + IElements.Width));
            (a, b) = (a + v * v, b + w * w);
        }
        var sum = Vector512.Sum(a + b);
        for (; i < end; i++)
            sum += T.One(x, i) * T.One(x, i);
        return sum;
    }
}
