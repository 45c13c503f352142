using System.Globalization;
using LinearScaling.Torch.Kernels.Cuda;

namespace LinearScaling.Benchmarks;

/// <summary>What the GPU's kernels need, from their sources alone: registers, shared memory, bytes and products of a
/// token and head, and the time that an H100 could not go below. No GPU takes part.</summary>
internal static class KernelTable
{
    private const double BytesPerSecond = 3.0e12; // an H100's copies, measured
    private const double FlopsPerSecond = 798e12; // its bf16 products, measured
    private const int Chunk = StatePass.Chunk;

    /// <summary>Of one kernel, for a token and head.</summary>
    private sealed record Row(Kernel Kernel, double Bytes, double Flops, string Of = "")
    {
        public double Floor => 1e9 * Math.Max(Bytes / BytesPerSecond, Flops / FlopsPerSecond);
    }

    public static void Print()
    {
        var output = Console.Out;
        var operators = Operators(128).ToList();
        output.WriteLine("| kernel | threads | shared memory, KB | live registers | bytes | kFLOP | floor, ns |");
        output.WriteLine("|---|---:|---:|---:|---:|---:|---:|");
        var described = new HashSet<string>();
        foreach (var row in operators.SelectMany(o => o.Forward.Concat(o.Backward)).Concat(Others(128)))
            if (described.Add(row.Kernel.Name + row.Of))
                output.WriteLine(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"| {row.Kernel.Name}{row.Of} | {row.Kernel.Threads} | {row.Kernel.SharedBytes / 1024.0:F1} | "
                            + $"{PtxRegisters.MostLive(row.Kernel)} | {row.Bytes:F0} | {row.Flops / 1e3:F0} | "
                            + $"{row.Floor:0.00##} |"
                    )
                );
        output.WriteLine();
        output.WriteLine("| operator | forward, ns | forward + backward | practical floor | of it |");
        output.WriteLine("|---|---:|---:|---:|---:|");
        foreach (var (name, forward, backward, floor) in operators)
        {
            var (first, both) = (forward.Sum(r => r.Floor), forward.Concat(backward).Sum(r => r.Floor));
            output.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"| {name} | {first:F2} | {both:F2} | {floor:F1} | {both / floor:F2} |"
                )
            );
        }
    }

    private static IEnumerable<(string Name, List<Row> Forward, List<Row> Backward, double Floor)> Operators(int d)
    {
        var gated = GatedKernels.For(new Anything(), d, d)!.All.ToArray();
        var (row, log, state) = (2.0 * d, 4.0 * d, 2.0 * d * d / Chunk);
        var product = 8.0 * d; // of 16 x 16 scores with D columns, spread over the chunk's tokens
        Row Pass(Kernel kernel, int parts, double decay) =>
            new(kernel, 2 * row + decay + parts * state, parts * 2.0 * d * d, parts == 2 ? ", LRPE" : "");
        yield return (
            "HGRN2",
            [Pass(gated[0], 1, log), new(gated[2], 4 * row + log + state, 2.0 * d * d + 30 * product)],
            [
                Pass(gated[0], 1, log),
                Pass(gated[1], 1, log),
                new(gated[3], 7 * row + 2 * log + 2 * state, 6.0 * d * d + 56 * product),
            ],
            4
        );
        foreach (var (name, turned, floor) in ((string, bool, double)[])[("TNL", false, 2), ("cosFormer2", true, 3)])
        {
            var lightning = LightningKernels.For(new Anything(), d, d, turned)!.All.ToArray();
            var parts = turned ? 2 : 1;
            yield return (
                name,
                [
                    Pass(lightning[0], parts, 0),
                    new(lightning[2], 4 * row + parts * state, parts * 2.0 * d * d + (20 * parts + 10) * product),
                ],
                [
                    Pass(lightning[0], parts, 0),
                    Pass(lightning[1], parts, 0),
                    new(lightning[3], 7 * row + 2 * parts * state, parts * 6.0 * d * d + (30 * parts + 20) * product),
                ],
                floor
            );
        }
    }

    private static IEnumerable<Row> Others(int d) =>
        ForgetGateKernels
            .All.Zip([8.0 * d, 10.0 * d], (kernel, bytes) => new Row(kernel, bytes, 0))
            .Concat(CrossEntropyKernel.All.Select(kernel => new Row(kernel, 4, 0, ", a logit")));

    /// <summary>Has every kernel and runs none.</summary>
    private sealed unsafe class Anything : IKernelLauncher
    {
        public bool Has(Kernel kernel) => true;

        public void Launch(Kernel kernel, int x, int y, void* arguments) => throw new NotSupportedException();
    }
}
