using LinearScaling.Torch.Native;
using LinearScaling.Torch.Native.Profiling;

namespace LinearScaling.Torch.Kernels;

/// <summary>Causal softmax attention on the CPU (see <c>SoftmaxAttention.Causal</c>), in fp32 whatever the inputs are;
/// what it keeps is a number a query, from which backward computes the weights again.</summary>
/// <remarks>libtorch's flash kernel takes 1.2 (4,096 tokens) to 2.0 times (512) as long in fp32, 1.9 to 3.2 times in
/// bf16, on a Zen 5.</remarks>
internal sealed unsafe class AttentionKernel : autograd.SingleTensorFunction<AttentionKernel>
{
    public override string Name => nameof(AttentionKernel);

    /// <param name="q">[batch, heads, time, head_dim] of what <see cref="Rows.Fit"/> accepts; <paramref name="k"/> and
    /// <paramref name="v"/> alike, with as many heads or a divisor of them.</param>
    /// <param name="starts">Position at which each position's document begins, int64 [batch, time], contiguous, or
    /// null.</param>
    public static Tensor Apply(Tensor q, Tensor k, Tensor v, Tensor? starts)
    {
        if (is_grad_enabled())
            return apply(q, k, v, starts!);
        using var scope = NewDisposeScope();
        using var measured = OperatorTimes.Operator();
        return Forward(q, k, v, starts).Output.MoveToOuterDisposeScope();
    }

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        using var guard = no_grad();
        using var measured = OperatorTimes.Operator();
        var (q, k, v, starts) = ((Tensor)vars[0], (Tensor)vars[1], (Tensor)vars[2], vars[3] as Tensor);
        var (output, logSums) = Forward(q, k, v, starts);
        ctx.save_for_backward(starts is null ? [q, k, v, logSums] : [q, k, v, logSums, starts]);
        return output;
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor gradient)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        using var measured = OperatorTimes.Operator();
        var saved = ctx.get_saved_variables();
        var (dq, dk, dv) = Backward(saved[0], saved[1], saved[2], saved[3], saved.ElementAtOrDefault(4), gradient);
        gradient.Dispose();
        saved.ForEach(t => t.Dispose());
        return GradientHandover.ToEngine([dq, dk, dv, null])!;
    }

    private static (Tensor Output, Tensor LogSums) Forward(Tensor q, Tensor k, Tensor v, Tensor? starts)
    {
        (q, k, v) = (WithRows(q), WithRows(k), WithRows(v));
        var (output, logSums) = (Rows.New(q), empty([q.size(0), q.size(1), q.size(2)], ScalarType.Float32));
        if (q.dtype == ScalarType.BFloat16)
            Forward<Bf16Elements>(q, k, v, starts, output, logSums);
        else
            Forward<Fp32Elements>(q, k, v, starts, output, logSums);
        return (output, logSums);
    }

    private static (Tensor Q, Tensor K, Tensor V) Backward(
        Tensor q,
        Tensor k,
        Tensor v,
        Tensor logSums,
        Tensor? starts,
        Tensor gradient
    )
    {
        (q, k, v, gradient) = (WithRows(q), WithRows(k), WithRows(v), WithRows(gradient));
        var (dq, dk, dv) = (Rows.New(q), Rows.New(k), Rows.New(v));
        if (q.dtype == ScalarType.BFloat16)
            Backward<Bf16Elements>(q, k, v, logSums, starts, gradient, dq, dk, dv);
        else
            Backward<Fp32Elements>(q, k, v, logSums, starts, gradient, dq, dk, dv);
        return (dq, dk, dv);
    }

    private static void Forward<T>(Tensor q, Tensor k, Tensor v, Tensor? starts, Tensor output, Tensor logSums)
        where T : struct, IElements =>
        EachHead<T>(
            "lcs::attention",
            (q, k),
            starts,
            back: false,
            (ref head, batch, shared, queries, begin) =>
            {
                head.Read(new(k, batch, shared), new(v, batch, shared), back: false);
                foreach (var i in queries)
                    head.Forward(new(q, batch, i), new(output, batch, i), LogSums(logSums, batch, i), (long*)begin);
            }
        );

    private static void Backward<T>(
        Tensor q,
        Tensor k,
        Tensor v,
        Tensor logSums,
        Tensor? starts,
        Tensor gradient,
        Tensor dq,
        Tensor dk,
        Tensor dv
    )
        where T : struct, IElements =>
        EachHead<T>(
            "lcs::attention_back",
            (q, k),
            starts,
            back: true,
            (ref head, batch, shared, queries, begin) =>
            {
                head.Read(new(k, batch, shared), new(v, batch, shared), back: true);
                foreach (var i in queries)
                    head.Backward(
                        new(q, batch, i),
                        new(dq, batch, i),
                        new(gradient, batch, i),
                        LogSums(logSums, batch, i),
                        (long*)begin
                    );
                head.Write(new(dk, batch, shared), new(dv, batch, shared));
            }
        );

    private delegate void Work<T>(
        ref AttentionHead<T> head,
        long batch,
        long shared,
        IEnumerable<int> queries,
        nint starts
    )
        where T : struct, IElements;

    /// <summary>Calls <paramref name="work"/> for every sequence and head of keys, with the heads of queries that share
    /// it, on all threads.</summary>
    private static void EachHead<T>(string name, (Tensor Q, Tensor K) x, Tensor? starts, bool back, Work<T> work)
        where T : struct, IElements
    {
        var (time, width, heads) = (x.Q.size(2), x.Q.size(3), x.K.size(1));
        var sharing = (int)(x.Q.size(1) / heads);
        var (tasks, size) = (x.Q.size(0) * heads, time * width);
        var floats = AttentionHead<T>.Floats(time, width, back);
        using var memory = empty([Rows.Parts(tasks, size), floats], ScalarType.Float32);
        var (room, begin) = ((nint)TensorMemory.Start(memory), starts is null ? 0 : (nint)TensorMemory.Start(starts));
        Rows.Run(
            name,
            tasks,
            size,
            (first, last, part) =>
            {
                for (var task = first; task < last; task++)
                {
                    var head = new AttentionHead<T>((float*)room + part * floats, time, width);
                    var (batch, shared) = (task / heads, task % heads);
                    var queries = Enumerable.Range((int)shared * sharing, sharing);
                    work(
                        ref head,
                        batch,
                        shared,
                        queries,
                        begin == 0 ? 0 : begin + (nint)(batch * time * sizeof(long))
                    );
                }
            }
        );
        GC.KeepAlive(starts);
    }

    private static float* LogSums(Tensor logSums, long batch, long head) =>
        (float*)TensorMemory.Start(logSums) + (batch * logSums.size(1) + head) * logSums.size(2);

    private static Tensor WithRows(Tensor x) => x.stride(3) == 1 ? x : x.contiguous();
}
