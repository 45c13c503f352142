using System.Runtime.InteropServices;

namespace LinearScaling.Torch.Kernels.Cuda;

/// <summary>Linear attention with a constant decay or none, and LRPE where there are angles (see
/// <c>LightningAttention</c>), by the kernels of <c>lightning.cu</c>.</summary>
internal sealed unsafe class LightningKernels : AttentionKernels
{
    private const string Source = "lightning";
    private const int Threads = 256;
    private readonly IKernelLauncher launcher;
    private readonly Kernel output;
    private readonly Kernel gradients;

    private LightningKernels(IKernelLauncher launcher, StatePass states, Kernel output, Kernel gradients)
        : base(states, output, gradients) =>
        (this.launcher, this.output, this.gradients) = (launcher, output, gradients);

    /// <summary>Those for heads of a width; null where there are none for it, or the device cannot run them.</summary>
    /// <param name="turned">Whether there is LRPE.</param>
    public static LightningKernels? For(IKernelLauncher launcher, long key, long value, bool turned)
    {
        if (key != value || key is not (64 or 128))
            return null;
        const int chunk = StatePass.Chunk;
        var (d, tile) = ((int)key, StatePass.Tile((int)key));
        var state = tile / chunk * d;
        var documents = 2 * chunk * sizeof(int);
        var turnedRows = turned ? 2 * tile : 2 * 8 * sizeof(ushort);
        var form = turned ? "turned_" : "";
        var kernels = new LightningKernels(
            launcher,
            new(launcher, Source, d, documents),
            new(Source, $"lightning_{form}output_{d}", Threads, 3 * tile + state + turnedRows + documents),
            new(
                Source,
                $"lightning_{form}gradients_{d}",
                Threads,
                4 * tile
                    + 2 * state
                    + turnedRows
                    + 2 * StatePass.Tile(chunk)
                    + (turned ? chunk / 16 * d : 1) * sizeof(float)
                    + documents
            )
        );
        return kernels.All.All(launcher.Has) ? kernels : null;
    }

    protected override void Output(Tensor q, Tensor k, Tensor v, in StateDecay decay, Tensor? entering, Tensor result)
    {
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
    }

    /// <returns>The gradient of the angles, fp64 [heads, D], with LRPE.</returns>
    protected override Tensor? Gradients(Tensor q, Tensor k, Tensor v, in StateDecay decay, ChunkGradients at)
    {
        var chunks = StatePass.Chunks(q);
        var sums = decay.Turns is null
            ? null
            : empty([q.size(0), q.size(1), chunks, q.size(3)], ScalarType.Float32, q.device);
        var arguments = new GradientArguments
        {
            Q = DeviceRows.In(q),
            K = DeviceRows.In(k),
            V = DeviceRows.In(v),
            DOutput = DeviceRows.In(at.DOutput),
            DQ = DeviceRows.In(at.DQ),
            DK = DeviceRows.In(at.DK),
            DV = DeviceRows.In(at.DV),
            Rates = StatePass.Start(decay.Rates),
            Turns = StatePass.Start(decay.Turns),
            Ids = StatePass.Start(decay.Ids),
            States = StatePass.Start(at.Entering),
            DStates = StatePass.Start(at.DLeaving),
            DTheta = StatePass.Start(sums),
            Heads = q.size(1),
            Time = q.size(2),
            First = decay.First,
            // Where no state comes or goes, positions count from anywhere: from the middle, least cancels.
            Origin = at.Alone ? -q.size(2) / 2 : decay.First,
        };
        launcher.Launch(gradients, chunks, StatePass.Heads(q), &arguments);
        StatePass.Keep(q, k, v, decay.Rates, decay.Turns, decay.Ids, at.DOutput, at.Entering, at.DLeaving);
        return sums?.sum([0L, 2L], type: ScalarType.Float64);
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
