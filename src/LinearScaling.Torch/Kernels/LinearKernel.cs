using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using LinearScaling.Torch.Native;

namespace LinearScaling.Torch.Kernels;

/// <summary>x W' for few rows x, as decoding has them, on the CPU and without a graph: W passes once, at the speed of
/// memory, which a product made for many rows does not reach.</summary>
internal static unsafe class LinearKernel
{
    /// <summary>For more, libtorch's product is the faster one.</summary>
    private const long MaxRows = 4;

    /// <param name="x">[..., inputs]</param>
    /// <param name="weight">[outputs, inputs]</param>
    public static bool Fits(Tensor x, Tensor weight) =>
        !is_grad_enabled()
        && x.numel() <= MaxRows * x.size(-1)
        && Rows.Fit(x)
        && weight.dtype == x.dtype
        && weight.is_contiguous();

    /// <returns>[..., outputs], of the type of <paramref name="x"/>; sums are fp32.</returns>
    public static Tensor Apply(Tensor x, Tensor weight)
    {
        using var scope = NewDisposeScope();
        x = x.contiguous();
        var y = empty([.. x.shape[..^1], weight.size(0)], x.dtype);
        var product = new Product(
            (void*)TensorMemory.Start(weight),
            (void*)TensorMemory.Start(x),
            (void*)TensorMemory.Start(y),
            x.numel() / x.size(-1),
            weight.size(1),
            weight.size(0)
        );
        var narrow = x.dtype == ScalarType.BFloat16;
        Rows.Run(
            "lcs::linear",
            weight.size(0),
            weight.size(1),
            (first, last, _) =>
            {
                if (narrow)
                    product.Run<Bf16Elements>(first, last);
                else
                    product.Run<Fp32Elements>(first, last);
            }
        );
        GC.KeepAlive(weight);
        return y.MoveToOuterDisposeScope();
    }

    private sealed class Product(void* weight, void* x, void* y, long rows, long inputs, long outputs)
    {
        /// <summary>Outputs from <paramref name="first"/> to <paramref name="end"/> of every row.</summary>
        /// <remarks>W's rows one after the other: several side by side would be streams that each break off at a row's
        /// end, before the processor fetches them ahead.</remarks>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<T>(long first, long end)
            where T : struct, IElements
        {
            for (var output = first; output < end; output++)
            for (var row = 0L; row < rows; row++)
            {
                var (w, at) = (output * inputs, row * inputs);
                var (sum0, sum1) = (Vector256<float>.Zero, Vector256<float>.Zero);
                var (sum2, sum3) = (Vector256<float>.Zero, Vector256<float>.Zero);
                var i = 0L;
                for (; i + 4 * IElements.Half <= inputs; i += 4 * IElements.Half)
                {
                    sum0 = Add<T>(w + i, at + i, sum0);
                    sum1 = Add<T>(w + i + IElements.Half, at + i + IElements.Half, sum1);
                    sum2 = Add<T>(w + i + 2 * IElements.Half, at + i + 2 * IElements.Half, sum2);
                    sum3 = Add<T>(w + i + 3 * IElements.Half, at + i + 3 * IElements.Half, sum3);
                }
                var sum = Vector256.Sum(sum0 + sum1 + (sum2 + sum3));
                for (; i < inputs; i++)
                    sum += T.One(weight, w + i) * T.One(x, at + i);
                T.StoreOne(sum, y, row * outputs + output);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private Vector256<float> Add<T>(long w, long at, Vector256<float> to)
            where T : struct, IElements => Vector256.FusedMultiplyAdd(T.LoadHalf(weight, w), T.LoadHalf(x, at), to);
    }
}
