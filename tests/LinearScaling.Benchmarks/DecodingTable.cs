using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using LinearScaling.Cli.CommandLine;
using LinearScaling.Torch.Architectures;
using LinearScaling.Torch.Configuration;
using LinearScaling.Torch.Devices;

namespace LinearScaling.Benchmarks;

/// <summary>Time of one decoded token and size of the state after so many others, beside the time that reading the
/// weights once takes, which no model can go below. One thread, one sequence, 200 tokens.</summary>
internal static class DecodingTable
{
    private const int Tokens = 200;
    private static readonly int[] Positions = [1024, 16384];

    /// <param name="sizes">Sizes to measure; nano-10m when empty.</param>
    public static void Print(string[] sizes)
    {
        var compute = ComputeDevice.Open("cpu", threads: 1);
        Console.WriteLine($"{compute.Description}, 1 thread");
        Console.WriteLine();
        Console.WriteLine(
            "| size | architecture | type | position | best ms | median ms | weights, MiB | read once, ms "
                + "| best / read once | state, KiB |"
        );
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|---|");
        foreach (var size in sizes.Length > 0 ? sizes : ["nano-10m"])
        foreach (var type in new[] { ScalarType.Float32, ScalarType.BFloat16 })
        foreach (var name in ModelConfig.Variants.Names)
            Print(size, name, type);
    }

    private static void Print(string size, string name, ScalarType type)
    {
        using var model = Presets.Find(name, size).Bind<RunConfig>().Model.Build(type, CPU);
        model.Parameters.Initialize(1);
        using var state = model.NewState(1);
        foreach (var position in Positions)
        {
            while (state.Position < position)
                Extend(model, state, (int)Math.Min(1024, position - state.Position));
            var (tokens, readings) = (new double[Tokens], new double[Tokens]);
            for (var i = 0; i < Tokens; i++)
                (tokens[i], readings[i]) = (Extend(model, state, 1), Read(model));
            Array.Sort(tokens);
            var reading = readings.Min();
            var bytes = model.Parameters.Buffers.Sum(b => b.Flat.numel() * b.Flat.ElementSize);
            Console.WriteLine(
                $"| {size} | {name} | {(type == ScalarType.Float32 ? "fp32" : "bf16")} | {position:N0} | "
                    + $"{tokens[0]:F2} | {tokens[Tokens / 2]:F2} | {bytes / 1048576.0:F1} | {reading:F2} | "
                    + $"{tokens[0] / reading:F1} | {state.Bytes / 1024.0:N0} |"
            );
        }
    }

    private static double Extend(LanguageModel model, DecodingState state, int tokens)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        var ids = randint(model.Config.VocabSize, [1, tokens]);
        var began = Stopwatch.GetTimestamp();
        model.Head(model.Extend(ids, state).narrow(1, tokens - 1, 1));
        return Stopwatch.GetElapsedTime(began).TotalMilliseconds;
    }

    private static double Read(LanguageModel model)
    {
        var began = Stopwatch.GetTimestamp();
        foreach (var buffer in model.Parameters.Buffers)
            Read(buffer.Flat.bytes);
        return Stopwatch.GetElapsedTime(began).TotalMilliseconds;
    }

    private static void Read(Span<byte> bytes)
    {
        var words = MemoryMarshal.Cast<byte, Vector256<int>>(bytes);
        var (a, b, c, d) = (Vector256<int>.Zero, Vector256<int>.Zero, Vector256<int>.Zero, Vector256<int>.Zero);
        for (var i = 0; i + 4 <= words.Length; i += 4)
            (a, b, c, d) = (a + words[i], b + words[i + 1], c + words[i + 2], d + words[i + 3]);
        sum += Vector256.Sum(a + b + c + d);
    }

    /// <summary>Of what was read, so that it is.</summary>
    private static int sum;
}
