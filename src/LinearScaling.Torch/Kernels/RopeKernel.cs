using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using LinearScaling.Torch.Native;

namespace LinearScaling.Torch.Kernels;

/// <summary>RoPE (see <c>Rotary.Rope</c>) of fp32 or bf16 rows on the CPU, one pass forward and one, turned the
/// other way, backward.</summary>
internal sealed unsafe class RopeKernel : autograd.SingleTensorFunction<RopeKernel>
{
    public override string Name => nameof(RopeKernel);

    /// <param name="x">[batch, time, heads, head_dim], of what <see cref="Rows.Fit"/> accepts.</param>
    /// <param name="cos">fp32 [time, head_dim / 2], and <paramref name="sin"/> alike.</param>
    public static Tensor Apply(Tensor x, Tensor cos, Tensor sin) =>
        is_grad_enabled() ? apply(x, cos, sin) : Turn(x, cos, sin, back: false);

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        using var guard = no_grad();
        var (x, cos, sin) = ((Tensor)vars[0], (Tensor)vars[1], (Tensor)vars[2]);
        ctx.save_for_backward([cos, sin]);
        return Turn(x, cos, sin, back: false);
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor gradient)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        var saved = ctx.get_saved_variables();
        var result = Turn(gradient, saved[0], saved[1], back: true);
        gradient.Dispose();
        saved.ForEach(t => t.Dispose());
        return [result.MoveToOuterDisposeScope(), null!, null!];
    }

    private static Tensor Turn(Tensor x, Tensor cos, Tensor sin, bool back)
    {
        using var scope = NewDisposeScope();
        x = x.contiguous();
        var (y, time, heads, half) = (empty_like(x), x.size(1), x.size(2), x.size(3) / 2);
        var (from, to, c, s) = (
            TensorMemory.Start(x),
            TensorMemory.Start(y),
            TensorMemory.Start(cos),
            TensorMemory.Start(sin)
        );
        Rows.Run(
            "lcs::rope",
            x.size(0) * time,
            2 * half * heads,
            (first, last, _) =>
            {
                if (x.dtype == ScalarType.BFloat16)
                    Turn<Bf16Elements>(
                        (void*)from,
                        (void*)to,
                        (float*)c,
                        (float*)s,
                        first,
                        last,
                        time,
                        heads,
                        half,
                        back ? -1 : 1
                    );
                else
                    Turn<Fp32Elements>(
                        (void*)from,
                        (void*)to,
                        (float*)c,
                        (float*)s,
                        first,
                        last,
                        time,
                        heads,
                        half,
                        back ? -1 : 1
                    );
            }
        );
        GC.KeepAlive(cos);
        GC.KeepAlive(sin);
        return y.MoveToOuterDisposeScope();
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Turn<T>(
        void* x,
        void* y,
        float* cos,
        float* sin,
        long first,
        long last,
        long time,
        long heads,
        long half,
        float direction
    )
        where T : struct, IElements
    {
        for (var row = first; row < last; row++)
        {
            var c = cos + row % time * half;
            var s = sin + row % time * half;
            for (var head = row * heads; head < (row + 1) * heads; head++)
            {
                var start = head * 2 * half;
                var j = 0L;
                for (; j + IElements.Width <= half; j += IElements.Width)
                {
                    var (a, b, co, si) = (
                        T.Load(x, start + j),
                        T.Load(x, start + half + j),
                        Vector512.Load(c + j),
                        Vector512.Load(s + j) * direction
                    );
                    T.Store(a * co - b * si, y, start + j);
                    T.Store(b * co + a * si, y, start + half + j);
                }
                for (; j < half; j++)
                {
                    var (a, b, si) = (T.One(x, start + j), T.One(x, start + half + j), s[j] * direction);
                    T.StoreOne(a * c[j] - b * si, y, start + j);
                    T.StoreOne(b * c[j] + a * si, y, start + half + j);
                }
            }
        }
    }
}
