using System.Runtime.InteropServices;

namespace LinearScaling.Torch.Kernels.Cuda;

/// <summary>Linear attention with a constant decay or none, and LRPE where there are angles (see
/// <c>LightningAttention</c>), by the kernels of <c>lightning.cu</c>.</summary>
/// <remarks>q, k and v are bf16 [batch, heads, time, D], states fp32 [batch, heads, D, D], with LRPE [batch, heads,
/// 2 D, D].</remarks>
internal sealed unsafe class LightningKernels
{
    private const string Source = "lightning";
    private const int Threads = 256;
    private readonly IKernelLauncher launcher;
    private readonly StatePass states;
    private readonly Kernel output;
    private readonly Kernel gradients;

    private LightningKernels(IKernelLauncher launcher, int d, bool turned)
    {
        this.launcher = launcher;
        const int chunk = StatePass.Chunk;
        var (tile, state) = (StatePass.Tile(d), StatePass.Tile(d) / chunk * d);
        var documents = 2 * chunk * sizeof(int);
        var turnedRows = turned ? 2 * tile : 2 * 8 * sizeof(ushort);
        var form = turned ? "turned_" : "";
        states = new(launcher, Source, d, documents);
        output = new(Source, $"lightning_{form}output_{d}", Threads, 3 * tile + state + turnedRows + documents);
        gradients = new(
            Source,
            $"lightning_{form}gradients_{d}",
            Threads,
            4 * tile
                + 2 * state
                + turnedRows
                + 2 * StatePass.Tile(chunk)
                + (turned ? chunk / 16 * d : 1) * sizeof(float)
                + documents
        );
    }

    /// <summary>All of them.</summary>
    public IEnumerable<Kernel> All => [.. states.All, output, gradients];

    /// <summary>Those for heads of a width; null where there are none for it, or the device cannot run them.</summary>
    /// <param name="turned">Whether there is LRPE.</param>
    public static LightningKernels? For(IKernelLauncher launcher, long key, long value, bool turned)
    {
        if (key != value || key is not (64 or 128))
            return null;
        var kernels = new LightningKernels(launcher, (int)key, turned);
        return kernels.All.All(launcher.Has) ? kernels : null;
    }

    /// <param name="decay">Its rates, turns and documents.</param>
    /// <param name="initial">What enters, or null.</param>
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
            Output = DeviceRows.In(result),
            Rates = StatePass.Start(decay.Rates),
            Turns = StatePass.Start(decay.Turns),
            Ids = StatePass.Start(decay.Ids),
            States = StatePass.Start(entering),
            Heads = q.size(1),
            Time = q.size(2),
            First = decay.First,
        };
        launcher.Launch(output, StatePass.Chunks(q), StatePass.Heads(q), &arguments);
        StatePass.Keep(q, k, v, decay.Rates, decay.Turns, decay.Ids, entering);
        return (result.MoveToOuterDisposeScope(), final?.MoveToOuterDisposeScope());
    }

    /// <param name="dState">Gradient of the state after the last token; null: none.</param>
    /// <returns>Gradients of q, k and v, of the angles with LRPE, fp64 [heads, D], and of the initial state where there
    /// was one.</returns>
    public (Tensor Q, Tensor K, Tensor V, Tensor? Theta, Tensor? Initial) Backward(
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
        var (dq, dk, dv) = (Rows.New(q), Rows.New(k), Rows.New(v));
        var chunks = StatePass.Chunks(q);
        var sums = decay.Turns is null
            ? null
            : empty([q.size(0), q.size(1), chunks, q.size(3)], ScalarType.Float32, q.device);
        var arguments = new GradientArguments
        {
            Q = DeviceRows.In(q),
            K = DeviceRows.In(k),
            V = DeviceRows.In(v),
            DOutput = DeviceRows.In(dOutput),
            DQ = DeviceRows.In(dq),
            DK = DeviceRows.In(dk),
            DV = DeviceRows.In(dv),
            Rates = StatePass.Start(decay.Rates),
            Turns = StatePass.Start(decay.Turns),
            Ids = StatePass.Start(decay.Ids),
            States = StatePass.Start(entering),
            DStates = StatePass.Start(leaving),
            DTheta = StatePass.Start(sums),
            Heads = q.size(1),
            Time = q.size(2),
            First = decay.First,
            // Where no state comes or goes, positions count from anywhere: from the middle, least cancels.
            Origin = initial is null && dState is null ? -q.size(2) / 2 : decay.First,
        };
        launcher.Launch(gradients, chunks, StatePass.Heads(q), &arguments);
        StatePass.Keep(q, k, v, decay.Rates, decay.Turns, decay.Ids, dOutput, entering, leaving);
        var dTheta = sums?.sum([0L, 2L], type: ScalarType.Float64);
        foreach (var made in (Tensor?[])[dq, dk, dv, dTheta, dInitial])
            made?.MoveToOuterDisposeScope();
        return (dq, dk, dv, dTheta, dInitial);
    }

    /// <summary><c>LightningOutput</c> of <c>lightning.cu</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct OutputArguments
    {
        public DeviceRows Q;
        public DeviceRows K;
        public DeviceRows V;
        public DeviceRows Output;
        public nint Rates;
        public nint Turns;
        public nint Ids;
        public nint States;
        public long Heads;
        public long Time;
        public long First;
    }

    /// <summary><c>LightningGradients</c> of <c>lightning.cu</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct GradientArguments
    {
        public DeviceRows Q;
        public DeviceRows K;
        public DeviceRows V;
        public DeviceRows DOutput;
        public DeviceRows DQ;
        public DeviceRows DK;
        public DeviceRows DV;
        public nint Rates;
        public nint Turns;
        public nint Ids;
        public nint States;
        public nint DStates;
        public nint DTheta;
        public long Heads;
        public long Time;
        public long First;
        public long Origin;
    }
}
