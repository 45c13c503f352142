using System.Runtime.InteropServices;

namespace LinearScaling.Torch.Kernels.Cuda;

/// <summary>Gated linear attention (see <c>GatedLinearAttention</c>) by the kernels of <c>gated.cu</c>.</summary>
/// <remarks>q, k and v are bf16 [batch, heads, time, D], the log decay fp32; states are fp32 [batch, heads, D,
/// D].</remarks>
internal sealed unsafe class GatedKernels
{
    private const string Source = "gated";
    private const int Threads = 256;
    private readonly IKernelLauncher launcher;
    private readonly StatePass states;
    private readonly Kernel output;
    private readonly Kernel gradients;

    private GatedKernels(IKernelLauncher launcher, int d)
    {
        this.launcher = launcher;
        const int chunk = StatePass.Chunk;
        var tile = StatePass.Tile(d);
        var inside = 5 * tile + chunk / 8 * d * sizeof(float) + (2 * 8 + 1) * chunk * sizeof(float);
        states = new(launcher, Source, d, StatePass.DecayBytes);
        output = new(Source, $"gated_output_{d}", Threads, inside + tile);
        gradients = new(
            Source,
            $"gated_gradients_{d}",
            Threads,
            inside
                + 6 * tile // two of inputs, and the room of two states or two fp32 gradients
                + 2 * StatePass.Tile(chunk)
                + (3 * chunk / 16 + 1) * d * sizeof(float)
        );
    }

    /// <summary>All of them.</summary>
    public IEnumerable<Kernel> All => [.. states.All, output, gradients];

    /// <summary>Those for heads of a width; null where there are none for it, or the device cannot run them.</summary>
    public static GatedKernels? For(IKernelLauncher launcher, long key, long value)
    {
        if (key != value || key is not (64 or 128))
            return null;
        var kernels = new GatedKernels(launcher, (int)key);
        return kernels.All.All(launcher.Has) ? kernels : null;
    }

    /// <param name="decay">Its log, and documents.</param>
    /// <param name="initial">[batch, heads, D, D], or null.</param>
    /// <returns>The output, and the state after the last token where it is asked for.</returns>
    public (Tensor Output, Tensor? State) Forward(
        Tensor q,
        Tensor k,
        Tensor v,
        in StateDecay decay,
        Tensor? initial,
        bool wantState
    )
    {
        using var scope = NewDisposeScope();
        (q, k, v) = (DeviceRows.Readable(q), DeviceRows.Readable(k), DeviceRows.Readable(v));
        var (entering, final) = states.Forward(k, v, decay, initial, wantState);
        var result = Rows.New(v);
        var arguments = new OutputArguments
        {
            Q = DeviceRows.In(q),
            K = DeviceRows.In(k),
            V = DeviceRows.In(v),
            Decay = DeviceRows.In(decay.Log!),
            Output = DeviceRows.In(result),
            Ids = StatePass.Start(decay.Ids),
            States = StatePass.Start(entering),
            Heads = q.size(1),
            Time = q.size(2),
        };
        launcher.Launch(output, StatePass.Chunks(q), StatePass.Heads(q), &arguments);
        StatePass.Keep(q, k, v, decay.Log, decay.Ids, entering);
        return (result.MoveToOuterDisposeScope(), final?.MoveToOuterDisposeScope());
    }

    /// <param name="dState">Gradient of the state after the last token; null: none.</param>
    /// <returns>Gradients of q, k, v and the log decay, and of the initial state where there was one.</returns>
    public (Tensor Q, Tensor K, Tensor V, Tensor LogDecay, Tensor? Initial) Backward(
        Tensor q,
        Tensor k,
        Tensor v,
        in StateDecay decay,
        Tensor? initial,
        Tensor dOutput,
        Tensor? dState
    )
    {
        using var scope = NewDisposeScope();
        (q, k, v) = (DeviceRows.Readable(q), DeviceRows.Readable(k), DeviceRows.Readable(v));
        dOutput = DeviceRows.Readable(dOutput);
        var (entering, leaving, dInitial) = states.Backward(q, k, v, decay, initial, dOutput, dState);
        var (dq, dk, dv, da) = (Rows.New(q), Rows.New(k), Rows.New(v), Rows.New(decay.Log!));
        var arguments = new GradientArguments
        {
            Q = DeviceRows.In(q),
            K = DeviceRows.In(k),
            V = DeviceRows.In(v),
            Decay = DeviceRows.In(decay.Log!),
            DOutput = DeviceRows.In(dOutput),
            DQ = DeviceRows.In(dq),
            DK = DeviceRows.In(dk),
            DV = DeviceRows.In(dv),
            DDecay = DeviceRows.In(da),
            Ids = StatePass.Start(decay.Ids),
            States = StatePass.Start(entering),
            DStates = StatePass.Start(leaving),
            Heads = q.size(1),
            Time = q.size(2),
        };
        launcher.Launch(gradients, StatePass.Chunks(q), StatePass.Heads(q), &arguments);
        StatePass.Keep(q, k, v, decay.Log, decay.Ids, dOutput, entering, leaving);
        foreach (var made in (Tensor?[])[dq, dk, dv, da, dInitial])
            made?.MoveToOuterDisposeScope();
        return (dq, dk, dv, da, dInitial);
    }

    /// <summary><c>GatedOutput</c> of <c>gated.cu</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct OutputArguments
    {
        public DeviceRows Q;
        public DeviceRows K;
        public DeviceRows V;
        public DeviceRows Decay;
        public DeviceRows Output;
        public nint Ids;
        public nint States;
        public long Heads;
        public long Time;
    }

    /// <summary><c>GatedGradients</c> of <c>gated.cu</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct GradientArguments
    {
        public DeviceRows Q;
        public DeviceRows K;
        public DeviceRows V;
        public DeviceRows Decay;
        public DeviceRows DOutput;
        public DeviceRows DQ;
        public DeviceRows DK;
        public DeviceRows DV;
        public DeviceRows DDecay;
        public nint Ids;
        public nint States;
        public nint DStates;
        public long Heads;
        public long Time;
    }
}
