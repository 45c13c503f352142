using System.Diagnostics;
using System.Globalization;
using LinearScaling.Cli.CommandLine;
using LinearScaling.Torch.Configuration;
using LinearScaling.Torch.Devices;
using LinearScaling.Torch.Native;
using LinearScaling.Torch.Training;

namespace LinearScaling.Benchmarks;

/// <summary>What training takes against what <see cref="MemoryPlan"/> says it will: the peak resident memory of a
/// process that takes two optimizer steps of one micro-batch of 2,048 tokens.</summary>
internal static class MemoryTable
{
    /// <param name="sizes">Sizes to measure; 70m when empty.</param>
    public static void Print(string[] sizes)
    {
        Console.WriteLine("| size | architecture | dtype | recompute | planned | measured | measured / planned |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        foreach (var size in sizes.Length > 0 ? sizes : ["70m"])
        foreach (var arch in new[] { "tnl", "hgrn2", "cosformer2", "llama" })
        foreach (var dtype in new[] { "fp32", "bf16" })
        foreach (var recompute in new[] { "full", "selective", "none" })
        {
            var (planned, measured) = Measure(arch, size, dtype, recompute);
            Console.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"| {size} | {arch} | {dtype} | {recompute} | {planned / 1e9:F2} GB | {measured / 1e9:F2} GB | "
                        + $"{measured / planned:F2} |"
                )
            );
        }
    }

    /// <summary>The process that is measured: prints the planned and the peak resident bytes.</summary>
    public static void PrintOne(string arch, string size, string dtype, string recompute)
    {
        var compute = ComputeDevice.Open("cpu", threads: 1);
        var config = Presets
            .Find(arch, size)
            .WithSet($"train.dtype={dtype}")
            .WithSet($"train.recompute={recompute}")
            .WithSet("data.seq_len=2048")
            .WithSet("train.batch_tokens=2048")
            .Bind<RunConfig>();
        var type = compute.Resolve(config.Train.Dtype);
        using var model = config.Model.Build(type, compute.Device);
        model.Parameters.Initialize(1);
        using var gradients = new GradientBuffers(model.Parameters);
        using var optimizer = new AdamW(model.Parameters, config.Train.Optimizer);
        using var ids = randint(config.Model.VocabSize, [config.Train.MicroBatch, config.Data.SeqLen]);
        var walk = new BlockWalk(model, gradients, config.Train.Recompute);
        for (var step = 1; step <= 2; step++)
        {
            using var scope = NewDisposeScope();
            gradients.Zero();
            walk.ForwardBackward(ids, ids, 1e-3, _ => { });
            optimizer.Step(gradients, 1e-3, step);
        }
        var plan = MemoryPlan.For(
            config.Model,
            config.Data.SeqLen,
            config.Train.MicroBatch,
            type == ScalarType.BFloat16 ? 2 : 4,
            config.Train.Recompute
        );
        var peak = File.ReadLines("/proc/self/status")
            .First(l => l.StartsWith("VmHWM:", StringComparison.Ordinal))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)[1];
        var tensors = TensorPool.PeakBytes?.ToString(CultureInfo.InvariantCulture) ?? "unknown";
        Console.WriteLine($"{plan.Total} {peak} {plan} large tensors {tensors}");
    }

    private static (double Planned, double Measured) Measure(string arch, string size, string dtype, string recompute)
    {
        using var process = Process.Start(
            new ProcessStartInfo(Environment.ProcessPath!, ["memory-of", arch, size, dtype, recompute])
            {
                RedirectStandardOutput = true,
            }
        )!;
        var words = process.StandardOutput.ReadToEnd().Split();
        process.WaitForExit();
        return (
            double.Parse(words[0], CultureInfo.InvariantCulture),
            double.Parse(words[1], CultureInfo.InvariantCulture) * 1024
        );
    }
}
