using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using LinearScaling.Torch.Native;

namespace LinearScaling.Torch.Kernels;

/// <summary>act(a) b elementwise on fp32 or bf16 CPU tensors of one shape, one pass forward and one backward, computed
/// in fp32.</summary>
internal sealed unsafe class GateKernel : autograd.MultiTensorFunction<GateKernel>
{
    public override string Name => nameof(GateKernel);

    /// <param name="a">The gate, of what <see cref="Rows.Fit"/> accepts.</param>
    /// <param name="b">Of the same shape and type.</param>
    /// <param name="silu">a sigmoid(a) for act, else sigmoid(a).</param>
    public static Tensor Apply(Tensor a, Tensor b, bool silu) =>
        is_grad_enabled() ? apply(a, b, silu)[0] : Forward(a, b, silu);

    public override List<Tensor> forward(autograd.AutogradContext ctx, params object[] vars)
    {
        using var guard = no_grad();
        var (a, b, silu) = ((Tensor)vars[0], (Tensor)vars[1], (bool)vars[2]);
        ctx.save_for_backward([a, b]);
        ctx.save_data("silu", silu);
        return [Forward(a, b, silu)];
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, List<Tensor> gradients)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        var saved = ctx.get_saved_variables();
        var (da, db) = Backward(saved[0], saved[1], gradients[0], (bool)ctx.get_data("silu"));
        foreach (var tensor in gradients.Concat(saved))
            tensor.Dispose();
        return [da.MoveToOuterDisposeScope(), db.MoveToOuterDisposeScope(), null!];
    }

    private static Tensor Forward(Tensor a, Tensor b, bool silu)
    {
        using var scope = NewDisposeScope();
        (a, b) = (a.contiguous(), b.contiguous());
        var (y, width) = (empty_like(a), a.size(-1));
        var (gate, value, to) = (TensorMemory.Start(a), TensorMemory.Start(b), TensorMemory.Start(y));
        Rows.Run(
            "lcs::gate",
            a.numel() / width,
            width,
            (first, last, _) =>
            {
                if (a.dtype == ScalarType.BFloat16)
                    Forward<Bf16Elements>((void*)gate, (void*)value, (void*)to, first * width, last * width, silu);
                else
                    Forward<Fp32Elements>((void*)gate, (void*)value, (void*)to, first * width, last * width, silu);
            }
        );
        return y.MoveToOuterDisposeScope();
    }

    private static (Tensor A, Tensor B) Backward(Tensor a, Tensor b, Tensor dy, bool silu)
    {
        using var scope = NewDisposeScope();
        (a, b, dy) = (a.contiguous(), b.contiguous(), dy.contiguous());
        var (da, db, width) = (empty_like(a), empty_like(b), a.size(-1));
        var (gate, value, over, toA, toB) = (
            TensorMemory.Start(a),
            TensorMemory.Start(b),
            TensorMemory.Start(dy),
            TensorMemory.Start(da),
            TensorMemory.Start(db)
        );
        Rows.Run(
            "lcs::gate_backward",
            a.numel() / width,
            width,
            (first, last, _) =>
            {
                if (a.dtype == ScalarType.BFloat16)
                    Backward<Bf16Elements>(
                        (void*)gate,
                        (void*)value,
                        (void*)over,
                        (void*)toA,
                        (void*)toB,
                        first * width,
                        last * width,
                        silu
                    );
                else
                    Backward<Fp32Elements>(
                        (void*)gate,
                        (void*)value,
                        (void*)over,
                        (void*)toA,
                        (void*)toB,
                        first * width,
                        last * width,
                        silu
                    );
            }
        );
        return (da.MoveToOuterDisposeScope(), db.MoveToOuterDisposeScope());
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Forward<T>(void* a, void* b, void* y, long start, long end, bool silu)
        where T : struct, IElements
    {
        var i = start;
        for (; i + IElements.Width <= end; i += IElements.Width)
        {
            var gate = T.Load(a, i);
            var open = Sigmoid(gate);
            T.Store((silu ? gate * open : open) * T.Load(b, i), y, i);
        }
        for (; i < end; i++)
        {
            var gate = T.One(a, i);
            var open = Sigmoid(gate);
            T.StoreOne((silu ? gate * open : open) * T.One(b, i), y, i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Backward<T>(void* a, void* b, void* dy, void* da, void* db, long start, long end, bool silu)
        where T : struct, IElements
    {
        var i = start;
        for (; i + IElements.Width <= end; i += IElements.Width)
        {
            var (gate, d) = (T.Load(a, i), T.Load(dy, i));
            var open = Sigmoid(gate);
            var slope = open * (Vector512<float>.One - open);
            if (silu)
                slope = open + gate * slope;
            T.Store(d * T.Load(b, i) * slope, da, i);
            T.Store(d * (silu ? gate * open : open), db, i);
        }
        for (; i < end; i++)
        {
            var (gate, d) = (T.One(a, i), T.One(dy, i));
            var open = Sigmoid(gate);
            var slope = open * (1 - open);
            if (silu)
                slope = open + gate * slope;
            T.StoreOne(d * T.One(b, i) * slope, da, i);
            T.StoreOne(d * (silu ? gate * open : open), db, i);
        }
    }

    private static Vector512<float> Sigmoid(Vector512<float> x) =>
        Vector512<float>.One / (Vector512<float>.One + FastExp.Exp(-x));

    private static float Sigmoid(float x) => 1 / (1 + FastExp.Exp(Vector512.Create(-x)).ToScalar());
}
