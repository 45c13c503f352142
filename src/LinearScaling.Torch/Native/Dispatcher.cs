namespace LinearScaling.Torch.Native;

/// <summary>Operators of libtorch that TorchSharp does not bind, called by name through the dispatcher, and so through
/// autograd.</summary>
public static unsafe class Dispatcher
{
    /// <summary>One AdamW step (Loshchilov and Hutter, arXiv 1711.05101) on all tensors in one pass over memory, in
    /// place.</summary>
    /// <param name="parameters">fp32, fp64 or bf16; with their gradients and moments alike in count, shape and
    /// type.</param>
    /// <param name="steps">A tensor's number of this step, an fp32 scalar: 1 at the first.</param>
    /// <param name="gradientDivisor">An fp32 scalar that the gradients are divided by, in place, or null.</param>
    /// <param name="weightDecay">Decoupled: the parameter first shrinks by lr * weightDecay.</param>
    public static void FusedAdamW(
        IReadOnlyList<Tensor> parameters,
        IReadOnlyList<Tensor> gradients,
        IReadOnlyList<Tensor> firstMoments,
        IReadOnlyList<Tensor> secondMoments,
        IReadOnlyList<Tensor> steps,
        double lr,
        double beta1,
        double beta2,
        double weightDecay,
        double eps,
        Tensor? gradientDivisor = null
    )
    {
        using var guard = no_grad();
        var call = new OperatorCall(stackalloc ulong[15]);
        call.Add(parameters);
        call.Add(gradients);
        call.Add(firstMoments);
        call.Add(secondMoments);
        call.Add(Array.Empty<Tensor>()); // the maxima of AMSGrad
        call.Add(steps);
        call.Add(lr);
        call.Add(beta1);
        call.Add(beta2);
        call.Add(weightDecay);
        call.Add(eps);
        call.Add(false); // AMSGrad
        call.Add(false); // maximize
        call.AddOptional(gradientDivisor);
        call.AddOptional((Tensor?)null); // overflow found
        call.Invoke("aten::_fused_adamw_");
    }

    /// <summary>x / sqrt(mean(x^2) + eps) over the last dimension, times the gain where there is one.</summary>
    public static Tensor RmsNorm(Tensor x, Tensor? gain, double eps)
    {
        var call = new OperatorCall(stackalloc ulong[4]);
        call.Add(x);
        call.Add([x.size(-1)]);
        call.AddOptional(gain);
        call.AddOptional(eps);
        call.Invoke("aten::rms_norm");
        return call.Result();
    }

    /// <summary>Softmax attention without a scores matrix in memory: softmax(q k^T scale + mask) v.</summary>
    /// <param name="q">[batch, heads, time, head].</param>
    /// <param name="k">[batch, key heads, key time, head]; fewer heads than <paramref name="q"/> need
    /// <paramref name="groupedQuery"/>.</param>
    /// <param name="mask">Added to the scores (or, of booleans, true where attended), broadcast to [batch, heads, time,
    /// key time].</param>
    /// <param name="scale">Factor of the scores; 1 / sqrt(head) when null.</param>
    public static Tensor Attention(
        Tensor q,
        Tensor k,
        Tensor v,
        Tensor? mask = null,
        bool causal = false,
        double? scale = null,
        bool groupedQuery = false
    )
    {
        var call = new OperatorCall(stackalloc ulong[8]);
        call.Add(q);
        call.Add(k);
        call.Add(v);
        call.AddOptional(mask);
        call.Add(0.0); // dropout
        call.Add(causal);
        call.AddOptional(scale);
        call.Add(groupedQuery);
        call.Invoke("aten::scaled_dot_product_attention");
        return call.Result();
    }

    /// <summary>How fp32 matrix products are computed: "highest" (MKL on the CPU, no TF32 on CUDA), "high" or "medium"
    /// (oneDNN; may use bf16 inside where the CPU has AMX; TF32 on CUDA).</summary>
    /// <returns>False where this libtorch cannot be told: the symbol is that of a C++ method, as the Itanium ABI
    /// mangles it.</returns>
    public static bool SetFloat32MatmulPrecision(string precision)
    {
        if (precision is not ("highest" or "high" or "medium"))
            throw new ArgumentException(
                $"unknown precision '{precision}'; one of: highest, high, medium",
                nameof(precision)
            );
        if (
            !StableAbi.TryExport("_ZN2at13globalContextEv", out var globalContext)
            || !StableAbi.TryExport(
                "_ZN2at7Context25setFloat32MatmulPrecisionERKNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEE",
                out var set
            )
        )
            return false;
        // A std::string of libstdc++ that holds its text inside: pointer, length, 16 bytes.
        Span<byte> text = stackalloc byte[32];
        text.Clear();
        fixed (byte* start = text)
        {
            *(byte**)start = start + 16;
            *(nuint*)(start + 8) = (nuint)System.Text.Encoding.ASCII.GetBytes(precision, text[16..]);
            ((delegate* unmanaged<nint, byte*, void>)set)(((delegate* unmanaged<nint>)globalContext)(), start);
        }
        return true;
    }
}
