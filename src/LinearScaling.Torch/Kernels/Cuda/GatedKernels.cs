using System.Runtime.InteropServices;

namespace LinearScaling.Torch.Kernels.Cuda;

/// <summary>Gated linear attention (see <c>GatedLinearAttention</c>) by the kernels of <c>gated.cu</c>.</summary>
internal sealed unsafe class GatedKernels : AttentionKernels
{
    private const string Source = "gated";
    private const int Threads = 256;
    private readonly IKernelLauncher launcher;
    private readonly Kernel output;
    private readonly Kernel gradients;

    private GatedKernels(IKernelLauncher launcher, StatePass states, Kernel output, Kernel gradients)
        : base(states, output, gradients) =>
        (this.launcher, this.output, this.gradients) = (launcher, output, gradients);

    /// <summary>Those for heads of a width; null where there are none for it, or the device cannot run them.</summary>
    public static GatedKernels? For(IKernelLauncher launcher, long key, long value)
    {
        if (key != value || key is not (64 or 128))
            return null;
        const int chunk = StatePass.Chunk;
        var (d, tile) = ((int)key, StatePass.Tile((int)key));
        var inside = 5 * tile + chunk / 8 * d * sizeof(float) + (2 * 8 + 1) * chunk * sizeof(float);
        var kernels = new GatedKernels(
            launcher,
            new(launcher, Source, d, StatePass.DecayBytes),
            new(Source, $"gated_output_{d}", Threads, inside + tile),
            new(
                Source,
                $"gated_gradients_{d}",
                Threads,
                inside
                    + 6 * tile // two of inputs, and the room of two states or two fp32 gradients
                    + 2 * StatePass.Tile(chunk)
                    + (3 * chunk / 16 + 1) * d * sizeof(float)
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
            Decay = DeviceRows.In(decay.Log!),
            Output = DeviceRows.In(result),
            Ids = StatePass.Start(decay.Ids),
            States = StatePass.Start(entering),
            Heads = q.size(1),
            Time = q.size(2),
        };
        launcher.Launch(output, StatePass.Chunks(q), StatePass.Heads(q), &arguments);
        StatePass.Keep(q, k, v, decay.Log, decay.Ids, entering);
    }

    protected override Tensor? Gradients(Tensor q, Tensor k, Tensor v, in StateDecay decay, ChunkGradients at)
    {
        var dLog = Rows.New(decay.Log!);
        var arguments = new GradientArguments
        {
            Q = DeviceRows.In(q),
            K = DeviceRows.In(k),
            V = DeviceRows.In(v),
            Decay = DeviceRows.In(decay.Log!),
            DOutput = DeviceRows.In(at.DOutput),
            DQ = DeviceRows.In(at.DQ),
            DK = DeviceRows.In(at.DK),
            DV = DeviceRows.In(at.DV),
            DDecay = DeviceRows.In(dLog),
            Ids = StatePass.Start(decay.Ids),
            States = StatePass.Start(at.Entering),
            DStates = StatePass.Start(at.DLeaving),
            Heads = q.size(1),
            Time = q.size(2),
        };
        launcher.Launch(gradients, StatePass.Chunks(q), StatePass.Heads(q), &arguments);
        StatePass.Keep(q, k, v, decay.Log, decay.Ids, at.DOutput, at.Entering, at.DLeaving);
        return dLog;
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
