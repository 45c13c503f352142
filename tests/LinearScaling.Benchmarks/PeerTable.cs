using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using LinearScaling.Torch.Devices;

namespace LinearScaling.Benchmarks;

/// <summary>Whole optimizer steps beside those of <c>peer.py</c>, the same models in PyTorch: one thread each, in
/// turns.</summary>
internal static class PeerTable
{
    /// <summary>How far logits, over the largest of them, and losses may be apart in fp32.</summary>
    private const double Tolerance = 1e-4;

    /// <summary>The same for gradients, over the largest of their tensor. Those of angles are sums weighted by
    /// positions, where either side is 1e-4 from fp64's at 4,096 tokens.</summary>
    private const double GradientTolerance = 1e-3;

    // So that all models and lengths take some twenty minutes.
    private const int MinPairs = 3;
    private const int MaxPairs = 5;
    private static readonly TimeSpan Enough = TimeSpan.FromSeconds(12);

    /// <summary>The C library, which holds PyTorch's tensors, keeps freed blocks: that saves page faults, 5 to 8 % of a
    /// step, and takes no more memory.</summary>
    private static readonly (string, string)[] KeepBlocks =
    [
        ("MALLOC_MMAP_MAX_", "0"),
        ("MALLOC_TRIM_THRESHOLD_", "100000000000"),
    ];

    private static readonly string[] Sizes = ["nano-3m", "nano-10m"];
    private static readonly string[] Archs = ["tnl", "hgrn2", "cosformer2", "llama"];
    private static readonly string[] Lengths = ["256", "1024", "4096"];

    /// <param name="python">A Python interpreter with PyTorch.</param>
    /// <param name="chosen">Sizes, architectures and lengths; all where none of a kind is named.</param>
    public static void Print(string python, string[] chosen)
    {
        var unknown = chosen.Except([.. Sizes, .. Archs, .. Lengths]).ToList();
        if (unknown.Count > 0)
            throw new ArgumentException($"unknown: {string.Join(", ", unknown)}");
        string[] dtypes = CpuFeatures.HasBf16() ? ["fp32", "bf16"] : ["fp32"];
        if (dtypes.Length == 1)
            Console.WriteLine("bf16 is not measured: this processor has no fast bf16 products.");
        var isFirst = true;
        foreach (var size in Chosen(Sizes, chosen))
        foreach (var length in Chosen(Lengths, chosen))
        foreach (var arch in Chosen(Archs, chosen))
        {
            var folder = Directory.CreateTempSubdirectory("lcs-peer-").FullName; // fp32 writes it, bf16 starts from it
            try
            {
                foreach (var dtype in dtypes)
                {
                    Measure(PeerCase.Parse(size, arch, length, dtype), python, folder, isFirst);
                    isFirst = false;
                }
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }

    private static IEnumerable<string> Chosen(string[] all, string[] chosen) =>
        all.Any(chosen.Contains) ? all.Where(chosen.Contains) : all;

    private static void Measure(PeerCase @case, string python, string folder, bool isFirst)
    {
        using var lcs = new PeerProcess(Environment.ProcessPath!, ["peer-of", .. @case.Arguments, folder]);
        var script = Path.Combine(AppContext.BaseDirectory, "peer.py");
        using var torch = new PeerProcess(python, [script, folder, @case.Dtype], KeepBlocks);
        var said = JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(torch.Hello)!;
        var (logits, gradients) = (said["logits"].GetDouble(), said["gradients"].GetDouble());
        var name = $"{@case.Size} {@case.Arch} {@case.Length} {@case.Dtype}";
        if (!(logits < Tolerance && gradients < GradientTolerance))
            throw new InvalidOperationException($"{name}: logits are {logits:E1} apart, gradients {gradients:E1}");
        if (isFirst)
        {
            Console.WriteLine($"{CpuFeatures.Model()}; lcs: {lcs.Hello}; PyTorch {said["torch"]}: {said["blas"]}");
            Console.WriteLine();
            Console.WriteLine(
                "| size | tokens | architecture | dtype | lcs, ms | PyTorch, ms | PyTorch's time over ours (range) | "
                    + "processor ms: lcs, PyTorch | peak MB: lcs, PyTorch | logits, gradients apart | PyTorch's way |"
            );
            Console.WriteLine("|---|---|---|---|---|---|---|---|---|---|---|");
        }
        // Both sides gave memory back before this step, and PyTorch's takes four times as long for it.
        lcs.Step();
        torch.Step();
        var first = lcs.Step();
        torch.Step();
        // A run's steps follow each other. The first of a turn does not count: it finds caches that the other side
        // filled, and a virtual processor that has slept.
        var steps = 1 + (int)Math.Clamp(1 / first.Seconds, 1, 10);
        var ours = new List<PeerStep>();
        var theirs = new List<PeerStep>();
        var began = Stopwatch.GetTimestamp();
        for (var pair = 0; pair < MaxPairs; pair++)
        {
            // An odd number of pairs has a middle one.
            if (pair >= MinPairs && pair % 2 == 1 && Stopwatch.GetElapsedTime(began) > Enough)
                break;
            // Who begins takes turns too, so that a machine that slows down or speeds up favours nobody.
            if (pair % 2 == 0)
                ours.Add(lcs.Turn(steps));
            theirs.Add(torch.Turn(steps));
            if (pair % 2 == 1)
                ours.Add(lcs.Turn(steps));
            if (@case.Dtype == "fp32" && !(Math.Abs(ours[pair].Loss - theirs[pair].Loss) < Tolerance))
                throw new InvalidOperationException($"{name}: losses {ours[pair].Loss}, {theirs[pair].Loss}");
        }
        var ratios = ours.Zip(theirs, (our, their) => their.Seconds / our.Seconds).Order().ToList();
        var way = string.Join(", ", said["way"].EnumerateObject().Select(p => $"{p.Name} {p.Value}"));
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"| {@case.Size} | {@case.Length} | {@case.Arch} | {@case.Dtype} | "
                    + $"{Median(ours, s => s.Seconds) * 1e3:F0} | {Median(theirs, s => s.Seconds) * 1e3:F0} | "
                    + $"{ratios[ratios.Count / 2]:F2} ({ratios[0]:F2} to {ratios[^1]:F2}, {ratios.Count} pairs) | "
                    + $"{Median(ours, s => s.Processor) * 1e3:F0}, {Median(theirs, s => s.Processor) * 1e3:F0} | "
                    + $"{ours[^1].PeakKiB * 1.024e-3:F0}, {theirs[^1].PeakKiB * 1.024e-3:F0} | "
                    + $"{logits:0.0e0}, {gradients:0.0e0} | {way} |"
            )
        );
    }

    private static double Median(List<PeerStep> steps, Func<PeerStep, double> value) =>
        steps.Select(value).Order().ElementAt(steps.Count / 2);
}
