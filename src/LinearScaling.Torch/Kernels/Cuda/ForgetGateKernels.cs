using System.Runtime.InteropServices;

namespace LinearScaling.Torch.Kernels.Cuda;

/// <summary>HGRN2's gates (see <c>ForgetGate</c>) by the kernels of <c>gates.cu</c>.</summary>
/// <remarks>Logits z and keys are bf16 [batch, heads, time, width], the log of the forget gate fp32, lower bounds fp32
/// [heads, width].</remarks>
internal sealed unsafe class ForgetGateKernels
{
    private const int Threads = 256;
    private const int Together = 8; // channels of a thread
    private static readonly Kernel Gates = new("gates", "forget_gate", Threads, Threads * Together * sizeof(float));
    private static readonly Kernel Gradients = Gates with { Name = "forget_gate_gradients" };
    private readonly IKernelLauncher launcher;

    private ForgetGateKernels(IKernelLauncher launcher) => this.launcher = launcher;

    /// <summary>All of them.</summary>
    public static IEnumerable<Kernel> All => [Gates, Gradients];

    /// <summary>Those for some logits; null where there are none for them, or the device cannot run them.</summary>
    public static ForgetGateKernels? For(IKernelLauncher launcher, Tensor z) =>
        z.dtype == ScalarType.BFloat16
        && z.size(3) % Together == 0
        && Threads % (z.size(3) / Together) == 0
        && z.size(0) * z.size(1) <= ushort.MaxValue
        && All.All(launcher.Has)
            ? new(launcher)
            : null;

    public (Tensor LogForget, Tensor Key) Forward(Tensor z, Tensor? bounds)
    {
        using var scope = NewDisposeScope();
        (z, bounds) = (DeviceRows.Readable(z), bounds?.contiguous());
        var (logForget, key) = (Rows.New(z, ScalarType.Float32), Rows.New(z));
        var arguments = new Arguments
        {
            Z = DeviceRows.In(z),
            LogForget = DeviceRows.In(logForget),
            Key = DeviceRows.In(key),
            Bounds = StatePass.Start(bounds),
            Heads = z.size(1),
            Time = z.size(2),
            Width = z.size(3),
        };
        launcher.Launch(Gates, StatePass.Chunks(z), StatePass.Heads(z), &arguments);
        StatePass.Keep(z, bounds);
        return scope.MoveToOuter(logForget, key);
    }

    /// <returns>Gradients of the logits, and of the bounds where there are any.</returns>
    public (Tensor Z, Tensor? Bounds) Backward(Tensor z, Tensor? bounds, Tensor dLogForget, Tensor dKey)
    {
        using var scope = NewDisposeScope();
        (z, bounds) = (DeviceRows.Readable(z), bounds?.contiguous());
        (dLogForget, dKey) = (DeviceRows.Readable(dLogForget), DeviceRows.Readable(dKey));
        var dz = Rows.New(z);
        var sums = bounds is null
            ? null
            : empty([z.size(0), z.size(1), StatePass.Chunks(z), z.size(3)], ScalarType.Float32, z.device);
        var arguments = new GradientArguments
        {
            Z = DeviceRows.In(z),
            DLogForget = DeviceRows.In(dLogForget),
            DKey = DeviceRows.In(dKey),
            DZ = DeviceRows.In(dz),
            Bounds = StatePass.Start(bounds),
            DBounds = StatePass.Start(sums),
            Heads = z.size(1),
            Time = z.size(2),
            Width = z.size(3),
        };
        launcher.Launch(Gradients, StatePass.Chunks(z), StatePass.Heads(z), &arguments);
        StatePass.Keep(z, bounds, dLogForget, dKey);
        return (dz.MoveToOuterDisposeScope(), sums?.sum([0L, 2L]).MoveToOuterDisposeScope());
    }

    /// <summary><c>GateArguments</c> of <c>gates.cu</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Arguments
    {
        public DeviceRows Z;
        public DeviceRows LogForget;
        public DeviceRows Key;
        public nint Bounds;
        public long Heads;
        public long Time;
        public long Width;
    }

    /// <summary><c>GateGradients</c> of <c>gates.cu</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct GradientArguments
    {
        public DeviceRows Z;
        public DeviceRows DLogForget;
        public DeviceRows DKey;
        public DeviceRows DZ;
        public nint Bounds;
        public nint DBounds;
        public long Heads;
        public long Time;
        public long Width;
    }
}
