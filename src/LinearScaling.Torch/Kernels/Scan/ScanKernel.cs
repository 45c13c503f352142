using System.Runtime.Intrinsics;
using LinearScaling.Torch.Native.Profiling;

namespace LinearScaling.Torch.Kernels.Scan;

/// <summary>
/// Linear attention with or without decay (see <c>LightningAttention</c>, <c>GatedLinearAttention</c>) on the CPU, one
/// pass over its inputs forward and one backward, computed in fp32 with the state in registers; activations, gates and
/// LRPE are part of the pass.
/// </summary>
internal sealed class ScanKernel : autograd.MultiTensorFunction<ScanKernel>
{
    public override string Name => nameof(ScanKernel);

    /// <param name="inputs">Of what <see cref="Rows.Fit"/> accepts.</param>
    /// <param name="start">Position of the first token, for LRPE.</param>
    /// <returns>The output [batch, heads, time, value] in the memory of [batch, time, heads, value], and the state
    /// after the last token, fp32 [batch, heads, state key, value], where it is asked for.</returns>
    public static (Tensor Output, Tensor? State) Apply(ScanInputs inputs, ScanForm form, long start, bool wantState)
    {
        using var scope = NewDisposeScope();
        if (!is_grad_enabled())
        {
            var (output, _, state) = Forward(InRows(inputs), form, start, keep: false, wantState);
            return (output.MoveToOuterDisposeScope(), state?.MoveToOuterDisposeScope());
        }
        var results = apply([.. InRows(inputs).All, (form, start), wantState]);
        results.ForEach(r => r.MoveToOuterDisposeScope());
        return (results[0], wantState ? results[1] : null);
    }

    public override List<Tensor> forward(autograd.AutogradContext ctx, params object[] vars)
    {
        using var guard = no_grad();
        var inputs = ScanInputs.Unpack([.. vars[..9].Select(v => v as Tensor)]);
        var ((form, start), wantState) = (((ScanForm, long))vars[9], (bool)vars[10]);
        var (output, entering, state) = Forward(inputs, form, start, keep: true, wantState);
        ctx.save_for_backward([entering!, .. inputs.All.OfType<Tensor>()]);
        ctx.save_data("present", Array.ConvertAll(inputs.All, t => t is not null));
        ctx.save_data("form", (form, start));
        ctx.save_data("state", wantState);
        return wantState ? [output, state!] : [output];
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, List<Tensor> gradients)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        var saved = ctx.get_saved_variables();
        var next = 1;
        var inputs = ScanInputs.Unpack(
            Array.ConvertAll((bool[])ctx.get_data("present"), there => there ? saved[next++] : null)
        );
        var (form, start) = ((ScanForm, long))ctx.get_data("form");
        var d = Backward(
            inputs,
            form,
            start,
            saved[0],
            gradients[0],
            (bool)ctx.get_data("state") ? gradients[1] : null
        );
        foreach (var tensor in gradients.Concat(saved))
            tensor.Dispose();
        List<Tensor?> results = [.. d.All, null, null];
        results.ForEach(t => t?.MoveToOuterDisposeScope());
        return results!;
    }

    private static (Tensor Output, Tensor? Entering, Tensor? State) Forward(
        ScanInputs inputs,
        ScanForm form,
        long start,
        bool keep,
        bool wantState
    )
    {
        using var measured = OperatorTimes.Operator();
        using var scope = NewDisposeScope();
        var output = Rows.New(inputs.V);
        long[] state = [inputs.Batch, inputs.Heads, inputs.StateKey, inputs.Value];
        var entering = keep ? empty([inputs.Chunks, .. state], ScalarType.Float32) : null;
        var final = wantState ? empty(state, ScalarType.Float32) : null;
        var memory = new ScanMemory(inputs, form, start);
        memory.SetOutputs(output, entering, final);
        using var angles = ScanAngles.Set(memory, inputs, start);
        var walk = Walk(memory, inputs, form);
        Run("lcs::scan", inputs, (first, last, _) => walk.Forward(first, last));
        GC.KeepAlive(inputs);
        return (
            output.MoveToOuterDisposeScope(),
            entering?.MoveToOuterDisposeScope(),
            final?.MoveToOuterDisposeScope()
        );
    }

    private static ScanInputs Backward(
        ScanInputs inputs,
        ScanForm form,
        long start,
        Tensor entering,
        Tensor dOutput,
        Tensor? dState
    )
    {
        using var measured = OperatorTimes.Operator();
        using var scope = NewDisposeScope();
        (dOutput, dState) = (InRows(dOutput), dState?.contiguous());
        Tensor? Sums(Tensor? of) =>
            of is null ? null : zeros([inputs.Batch, inputs.Heads, inputs.Key], ScalarType.Float64);
        var d = new ScanInputs(
            Rows.New(inputs.Q),
            Rows.New(inputs.K),
            Rows.New(inputs.V),
            inputs.LogDecay is null ? null : Rows.New(inputs.LogDecay),
            Sums(inputs.Bound),
            Sums(inputs.Theta),
            Initial: inputs.Initial is null ? null : empty_like(inputs.Initial)
        );
        var memory = new ScanMemory(inputs, form, start);
        memory.SetGradients(dOutput, entering, dState, d);
        using var angles = ScanAngles.Set(memory, inputs, start);
        var walk = Walk(memory, inputs, form);
        Run("lcs::scan_backward", inputs, (first, last, _) => walk.Backward(first, last));
        GC.KeepAlive(dOutput);
        GC.KeepAlive(dState);
        d = d with
        {
            Bound = d.Bound?.sum(0L).to(ScalarType.Float32),
            Theta = d.Theta?.sum(0L).to(inputs.Theta!.dtype),
        };
        foreach (var tensor in d.All)
            tensor?.MoveToOuterDisposeScope();
        return d;
    }

    private static void Run(string name, ScanInputs inputs, Action<long, long, int> work) =>
        Rows.Run(name, inputs.Batch * inputs.Heads, inputs.Time * inputs.Value, work);

    private static IScanWalk Walk(ScanMemory memory, ScanInputs inputs, ScanForm form) =>
        inputs.Q.dtype == ScalarType.BFloat16
            ? Walk<Bf16Elements>(memory, inputs, form)
            : Walk<Fp32Elements>(memory, inputs, form);

    /// <summary>Wider registers only where they are filled.</summary>
    private static IScanWalk Walk<T>(ScanMemory memory, ScanInputs inputs, ScanForm form)
        where T : struct, IElements =>
        Vector512.IsHardwareAccelerated && inputs.StateKey % 32 == 0 && inputs.Value % 32 == 0
            ? Walk<T, Lanes16>(memory, inputs, form)
            : Walk<T, Lanes8>(memory, inputs, form);

    private static IScanWalk Walk<T, TLanes>(ScanMemory memory, ScanInputs inputs, ScanForm form)
        where T : struct, IElements
        where TLanes : struct, ILanes<TLanes> =>
        inputs.LogDecay is not null || form.HasFlag(ScanForm.Tied) ? new ScanWalk<T, TLanes, KeepChannel>(memory)
        : inputs.Decay is not null || inputs.Ids is not null ? new ScanWalk<T, TLanes, KeepToken>(memory)
        : new ScanWalk<T, TLanes, KeepAll>(memory);

    /// <summary>The inputs with whole rows in memory, and what is read as one block in one.</summary>
    private static ScanInputs InRows(ScanInputs inputs) =>
        new(
            InRows(inputs.Q),
            InRows(inputs.K),
            InRows(inputs.V),
            inputs.LogDecay is null ? null : InRows(inputs.LogDecay),
            inputs.Bound?.contiguous(),
            inputs.Theta,
            inputs.Decay?.contiguous(),
            inputs.Ids?.contiguous(),
            inputs.Initial?.contiguous()
        );

    private static Tensor InRows(Tensor x) => x.size(3) == 1 || x.stride(3) == 1 ? x : x.contiguous();
}
