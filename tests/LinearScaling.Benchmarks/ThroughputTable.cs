using System.Diagnostics;
using System.Globalization;
using LinearScaling.Cli.CommandLine;
using LinearScaling.Torch.Architectures;
using LinearScaling.Torch.Configuration;
using LinearScaling.Torch.Devices;
using LinearScaling.Torch.Training;

namespace LinearScaling.Benchmarks;

/// <summary>Tokens a second, model FLOPs utilisation and memory of whole optimizer steps of one sequence on a device,
/// every architecture, each in a process of its own.</summary>
internal static class ThroughputTable
{
    private const int Steps = 5;

    /// <param name="args">Sizes (70m, 160m, 410m and 1b when there are none), <c>--device NAME</c> (auto) and
    /// <c>--seq-len N</c>, as often as wanted (2,048 and 8,192).</param>
    public static void Print(string[] args)
    {
        var (sizes, lengths, device) = (new List<string>(), new List<string>(), "auto");
        for (var i = 0; i < args.Length; i++)
        {
            if (args[i] == "--device")
                device = args[++i];
            else if (args[i] == "--seq-len")
                lengths.Add(args[++i]);
            else
                sizes.Add(args[i]);
        }
        var compute = ComputeDevice.Open(device, threads: 1);
        var type = compute.Resolve(Precision.Auto);
        Console.WriteLine(
            $"{compute.Description}, {type}, matrix-product peak "
                + $"{PeakFlops.Measure(type, compute.Device) / 1e12:F1} TFLOP/s; MFU counts exact FLOPs; the least "
                + $"recomputation that fits."
        );
        Console.WriteLine();
        Console.WriteLine("| size | architecture | tokens a sequence | recompute | tokens/s | MFU | memory |");
        Console.WriteLine("|---|---|---:|---|---:|---:|---:|");
        foreach (var size in sizes.Count > 0 ? sizes : ["70m", "160m", "410m", "1b"])
        foreach (var arch in ModelConfig.Variants.Names)
        foreach (var length in lengths.Count > 0 ? lengths : ["2048", "8192"])
            Console.WriteLine($"| {size} | {arch} | {length} | {Measure(arch, size, length, device)} |");
    }

    /// <summary>The process that is measured: prints tokens/s, MFU and memory, or fails.</summary>
    public static void PrintOne(string arch, string size, string length, string device, string recompute)
    {
        var compute = ComputeDevice.Open(device, threads: 1);
        var config = Presets
            .Find(arch, size)
            .WithSet($"data.seq_len={length}")
            .WithSet($"train.batch_tokens={length}")
            .WithSet("train.micro_batch=1")
            .WithSet($"train.recompute={recompute}")
            .Bind<RunConfig>();
        var type = compute.Resolve(config.Train.Dtype);
        var plan = MemoryPlan.For(
            config.Model,
            config.Data.SeqLen,
            1,
            type == ScalarType.BFloat16 ? 2 : 4,
            config.Train.Recompute
        );
        if (plan.Total > compute.AvailableMemory())
            throw new LinearScalingException($"needs {plan.Total / 1e9:F1} GB");
        var peak = PeakFlops.Measure(type, compute.Device);
        using var model = config.Model.Build(type, compute.Device);
        model.Parameters.Initialize(1);
        using var gradients = new GradientBuffers(model.Parameters);
        using var optimizer = new AdamW(model.Parameters, config.Train.Optimizer);
        optimizer.CopyParametersToMasters();
        using var ids = randint(config.Model.VocabSize, [1, config.Data.SeqLen], device: compute.Device);
        var walk = new BlockWalk(model, gradients, config.Train.Recompute);
        var best = double.MaxValue;
        for (var step = 1; step <= Steps; step++)
        {
            using var scope = NewDisposeScope();
            var began = Stopwatch.GetTimestamp();
            gradients.Zero();
            walk.ForwardBackward(ids, ids, 1.0 / config.Data.SeqLen, _ => { }, blockDone: gradients.Measure);
            optimizer.Step(gradients, 1e-4, step, Math.Max(1, gradients.Norm()));
            _ = gradients.Norm(); // waits for the device
            if (step > 1)
                best = Math.Min(best, Stopwatch.GetElapsedTime(began).TotalSeconds);
        }
        var rate = config.Data.SeqLen / best;
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{rate:N0} | {rate * config.Model.FlopsPerToken(config.Data.SeqLen)["exact"] / peak:P1} | "
                    + $"{ComputeDevice.UsedMemory(compute.Device) / 1e9:F2} GB"
            )
        );
    }

    private static string Measure(string arch, string size, string length, string device)
    {
        foreach (var recompute in (string[])["none", "selective", "full"])
        {
            using var process = Process.Start(
                new ProcessStartInfo(
                    Environment.ProcessPath!,
                    [.. Arguments(), "throughput-of", arch, size, length, device, recompute]
                )
                {
                    RedirectStandardOutput = true,
                    RedirectStandardError = true,
                }
            )!;
            var error = process.StandardError.ReadToEndAsync();
            var line = process.StandardOutput.ReadToEnd().Trim();
            process.WaitForExit();
            if (process.ExitCode == 0)
                return $"{recompute} | {line}";
            Console.Error.WriteLine($"{arch} {size} {length} {recompute}: {error.Result.Trim().Split('\n')[0]}");
        }
        return "does not fit | | |";
    }

    /// <summary>The program itself, where it was started as <c>dotnet benchmarks.dll</c>.</summary>
    private static string[] Arguments() =>
        Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet"
            ? [typeof(ThroughputTable).Assembly.Location]
            : [];
}
