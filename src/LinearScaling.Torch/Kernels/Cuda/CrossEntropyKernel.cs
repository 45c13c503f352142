using System.Runtime.InteropServices;
using LinearScaling.Torch.Native;

namespace LinearScaling.Torch.Kernels.Cuda;

/// <summary>Cross-entropy of bf16 logits on a GPU, and its gradient in their place: one read and one write of its
/// memory (<c>loss.cu</c>).</summary>
internal sealed unsafe class CrossEntropyKernel
{
    private const int Threads = 512;
    private static readonly Kernel Kernel = new("loss", "cross_entropy", Threads, 2 * Threads / 32 * sizeof(float));
    private readonly IKernelLauncher launcher;

    private CrossEntropyKernel(IKernelLauncher launcher) => this.launcher = launcher;

    /// <summary>All there are.</summary>
    public static IEnumerable<Kernel> All => [Kernel];

    /// <summary>The kernel for some logits; null where there is none for them, or the device cannot run it.</summary>
    public static CrossEntropyKernel? For(IKernelLauncher launcher, Tensor logits) =>
        logits.dtype == ScalarType.BFloat16 && logits.is_contiguous() && launcher.Has(Kernel) ? new(launcher) : null;

    /// <param name="logits">[rows, vocab]; becomes (softmax - one at the target) scale.</param>
    /// <param name="targets">int64 [rows], contiguous.</param>
    /// <returns>The rows' losses in nats, fp32.</returns>
    public Tensor InPlace(Tensor logits, Tensor targets, double scale)
    {
        var losses = empty([logits.size(0)], ScalarType.Float32, logits.device);
        var arguments = new Arguments
        {
            Logits = TensorMemory.Start(logits),
            Targets = TensorMemory.Start(targets),
            Losses = TensorMemory.Start(losses),
            Vocab = logits.size(1),
            Scale = (float)scale,
        };
        launcher.Launch(Kernel, (int)logits.size(0), 1, &arguments);
        GC.KeepAlive(logits);
        GC.KeepAlive(targets);
        return losses;
    }

    /// <summary><c>LossArguments</c> of <c>loss.cu</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Arguments
    {
        public nint Logits;
        public nint Targets;
        public nint Losses;
        public long Vocab;
        public float Scale;
    }
}
