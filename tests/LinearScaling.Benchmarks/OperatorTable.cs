using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using LinearScaling.Torch.Devices;
using LinearScaling.Torch.Kernels.Cuda;
using LinearScaling.Torch.Native;
using LinearScaling.Torch.Ops;

namespace LinearScaling.Benchmarks;

/// <summary>
/// Time and memory of every sequence operator over the length of the sequence, beside softmax attention, as a Markdown
/// table. Shapes are the 160M model's: batch 1, 6 heads of 128; one thread; fp32.
/// </summary>
internal static class OperatorTable
{
    private const int Heads = 6;
    private const int HeadDim = 128;

    /// <summary>Every length is measured that often, in turns: a machine's speed drifts.</summary>
    private const int Rounds = 4;

    /// <summary>Of softmax attention, whose longest sequences take minutes.</summary>
    private const int SoftmaxRounds = 2;

    private static readonly string[] Everything = ["softmax", "tnl", "hgrn2", "cosformer2"];

    private static Device? gpu;
    private static ScalarType type = ScalarType.Float32;

    /// <param name="args">The longest sequence in tokens; "highest" for libtorch's own fp32 products or "medium" for
    /// oneDNN's; the operators, "NAME-ops" without kernels of our own for GPUs; a device; an element type.</param>
    public static void Print(string[] args)
    {
        var output = Console.Out;
        var longest = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 32768;
        var precision = args.Length > 1 ? args[1] : "medium";
        var names = args.Length > 2 ? args[2].Split(',') : Everything;
        LibTorch.Load(); // with the memory of large tensors kept, as every command has it
        set_num_threads(1);
        if (args.Length > 3 && args[3] != "cpu")
            set_default_device((gpu = ComputeDevice.Open(args[3], threads: 1).Device)!);
        if (args.Length > 4 && args[4] == "bf16")
            type = ScalarType.BFloat16;
        Dispatcher.SetFloat32MatmulPrecision(precision);
        var peak = Peak();
        output.WriteLine(
            $"Matrix-product peak ({(gpu is null ? "" : "device " + gpu + ", ")}{type}, precision \"{precision}\", "
                + $"one thread): {peak / 1e9:F0} GFLOP/s."
        );
        output.WriteLine();
        output.WriteLine(
            "| operator | tokens | forward, us a token | forward + backward | of softmax | of peak | kept for "
                + "backward, KB a token |"
        );
        output.WriteLine("|---|---:|---:|---:|---:|---:|---:|");
        var lengths = Enumerable.Range(9, 22).Select(power => 1 << power).TakeWhile(time => time <= longest).ToList();
        var softmax = new Dictionary<int, double>();
        foreach (var name in names)
        {
            var fastest = lengths.ToDictionary(
                time => time,
                _ => (Forward: double.PositiveInfinity, Both: double.PositiveInfinity, Bytes: 0L)
            );
            for (var round = 0; round < (name == "softmax" ? SoftmaxRounds : Rounds); round++)
                foreach (var time in lengths)
                {
                    var (forward, both, bytes) = Measure(name, time, calls: longest / time);
                    fastest[time] = (
                        Math.Min(fastest[time].Forward, forward),
                        Math.Min(fastest[time].Both, both),
                        bytes
                    );
                }
            foreach (var (time, (forward, both, bytes)) in fastest)
            {
                if (name == "softmax")
                    softmax[time] = both;
                output.WriteLine(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"| {name} | {time} | {forward * 1e6 / time:F2} | {both * 1e6 / time:F2} | "
                            + $"{both / softmax.GetValueOrDefault(time, double.NaN):F2} | "
                            + $"{3 * Flops(name, time) / both / peak:P0} | {bytes / 1024.0 / time:F1} |"
                    )
                );
            }
            output.Flush();
        }
    }

    /// <summary>Forward FLOPs of the chunked form (causal attention for softmax), a multiply-add being two.</summary>
    private static double Flops(string name, int time)
    {
        var key = name.StartsWith("cosformer2", StringComparison.Ordinal) ? 2 * HeadDim : HeadDim;
        var chunk = name.StartsWith("hgrn2", StringComparison.Ordinal) ? 64 : 128;
        return (double)Heads
            * time
            * (name == "softmax" ? 2.0 * HeadDim * (time + 1) : 2.0 * chunk * (key + HeadDim) + 4.0 * key * HeadDim);
    }

    /// <param name="calls">So many that every measurement passes over as many tokens: the fastest of many short moments
    /// would be a luckier one than of a few long.</param>
    /// <returns>Seconds a call, and bytes that one keeps for its backward pass.</returns>
    private static (double Forward, double Both, long Bytes) Measure(string name, int time, int calls)
    {
        using var scope = NewDisposeScope();
        // As a model makes them: projections are [batch, time, heads, head_dim], the operator sees heads first.
        Tensor Input() => randn(1, time, Heads, HeadDim).to(type).transpose(1, 2).detach().requires_grad_();
        CudaLauncher.Enabled = !name.EndsWith("-ops", StringComparison.Ordinal);
        var (q, k, v, z) = (Input(), Input(), Input(), Input());
        var theta = rand(Heads, HeadDim).requires_grad_();
        var decay = tensor(Enumerable.Range(1, Heads).Select(h => (float)Math.Pow(2, -h)).ToArray());
        var weights = randn(1, Heads, time, HeadDim).to(type);
        Tensor Forward() =>
            name.Replace("-ops", "", StringComparison.Ordinal) switch
            {
                "softmax" => SoftmaxAttention.Causal(q, k, v),
                "tnl" => LightningAttention.Chunked(q, k, v, decay, 128),
                "hgrn2" => GatedLinearAttention.Chunked(
                    q,
                    k,
                    v,
                    nn.functional.logsigmoid(z.to(ScalarType.Float32)),
                    64
                ),
                _ => LightningAttention.Chunked(q, k, v, null, 128, theta: theta),
            };

        var forward = Seconds(
            calls,
            () =>
            {
                using var inner = NewDisposeScope();
                using var guard = no_grad();
                Forward();
            }
        );
        var both = Seconds(
            calls,
            () =>
            {
                using var inner = NewDisposeScope();
                Forward().backward([weights]);
                foreach (var leaf in new[] { q, k, v, z, theta })
                    leaf.grad = null;
            }
        );
        long bytes;
        using (NewDisposeScope())
        {
            var before = InUse();
            var kept = Forward().MoveToOuterDisposeScope();
            bytes = InUse() - before;
            kept.Dispose();
        }
        return (forward, both, bytes);
    }

    private static double Peak()
    {
        using var scope = NewDisposeScope();
        var (a, b) = (randn(2048, 2048).to(type), randn(2048, 2048).to(type));
        return 2.0 * 2048 * 2048 * 2048 / Enumerable.Range(0, 10).Min(_ => Seconds(1, () => a.matmul(b).Dispose()));
    }

    /// <summary>Of one call, the mean of several after one more: in seconds of the processor, not of the clock, so that
    /// neighbours on the machine count less. On a GPU, of the clock.</summary>
    private static double Seconds(int calls, Action action)
    {
        action();
        var began = ProcessorSeconds();
        for (var i = 0; i < calls; i++)
            action();
        return (ProcessorSeconds() - began) / calls;
    }

    private static double ProcessorSeconds()
    {
        if (gpu is not null)
        {
            cuda.synchronize(gpu);
            return Stopwatch.GetTimestamp() / (double)Stopwatch.Frequency;
        }
        const int processClock = 2; // CLOCK_PROCESS_CPUTIME_ID
        _ = ClockGetTime(processClock, out var time);
        return time.Seconds + time.Nanoseconds * 1e-9;
    }

    /// <summary>Bytes that glibc has handed out, and those of large tensors where the pool has them.</summary>
    private static long InUse()
    {
        var info = MallInfo();
        return (long)(info.Used + info.Mapped) + (TensorPool.LiveBytes ?? 0);
    }

    [DllImport("libc", EntryPoint = "mallinfo2")]
    private static extern Allocations MallInfo();

    [DllImport("libc", EntryPoint = "clock_gettime")]
    private static extern int ClockGetTime(int clock, out Time time);

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Time
    {
        public readonly long Seconds,
            Nanoseconds;
    }

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Allocations
    {
        public readonly nuint Arena,
            FreeChunks,
            FastChunks,
            MappedRegions,
            Mapped,
            MaxUsed,
            FastFree,
            Used,
            Free,
            KeepCost;
    }
}
