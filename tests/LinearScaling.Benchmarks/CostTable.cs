using LinearScaling.Cli.CommandLine;
using LinearScaling.Torch.Architectures;
using LinearScaling.Torch.Configuration;
using LinearScaling.Torch.Devices;

namespace LinearScaling.Benchmarks;

/// <summary>What gradients cost as depth, batch or length grows and the rest stays: one thread, fp32.</summary>
internal static class CostTable
{
    private const int Rounds = 5;
    private const int Sequences = 16; // so that no depth has all that a pass keeps in a cache
    private const int SeqLen = 256;

    // One sequence of the longest; the others take as many as make up its tokens.
    private const int Longest = 16384;

    /// <param name="size">The model's size, its depth aside where that grows.</param>
    public static void Print(string size)
    {
        var compute = ComputeDevice.Open("cpu", threads: 1);
        Console.WriteLine($"{compute.Description}, 1 thread; ms a layer, ms a sequence, us a token");
        Console.WriteLine();
        Console.WriteLine($"| {size} | {string.Join(" | ", ModelConfig.Variants.Names)} |");
        Console.WriteLine($"|---|{string.Concat(ModelConfig.Variants.Names.Select(_ => "---:|"))}");
        var models = ModelConfig
            .Variants.Names.Select(name => Presets.Find(name, size).Bind<RunConfig>().Model)
            .ToList();
        // What is outside the layers is in the cost of the fewest, so a layer's cost is what each further one adds.
        var before = models.Select(_ => double.NaN).ToArray();
        foreach (var layers in (int[])[4, 8, 16, 32])
        {
            var cost = Fastest(
                models.Select(m => new TrainingTable.Step(m with { NumLayers = layers }, Sequences, SeqLen))
            );
            if (layers > 4)
                Row($"layer {layers / 2 + 1} to {layers}", cost.Zip(before, (c, b) => (c - b) / (layers / 2) * 1e3));
            before = cost;
        }
        foreach (var batch in (int[])[1, 2, 4, 8, 16, 32])
            Row(
                $"batch of {batch} x {SeqLen}",
                Fastest(models.Select(m => new TrainingTable.Step(m, batch, SeqLen))).Select(c => c / batch * 1e3)
            );
        foreach (var length in (int[])[256, 512, 1024, 2048, 4096, 8192, Longest])
            Row(
                $"{Longest / length} x {length:N0}",
                Fastest(models.Select(m => new TrainingTable.Step(m, Longest / length, length)))
                    .Select(c => c / Longest * 1e6)
            );
    }

    /// <summary>Each model's fastest pass; they take turns, so that a slow spell of the machine meets all.</summary>
    private static double[] Fastest(IEnumerable<TrainingTable.Step> models)
    {
        var steps = models.ToList();
        var best = steps.Select(_ => double.MaxValue).ToArray();
        for (var round = 0; round < Rounds; round++)
        for (var i = 0; i < steps.Count; i++)
            best[i] = Math.Min(best[i], steps[i].PassSeconds());
        steps.ForEach(s => s.Dispose());
        return best;
    }

    private static void Row(string name, IEnumerable<double> costs) =>
        Console.WriteLine($"| {name} | {string.Join(" | ", costs.Select(c => $"{c:F2}"))} |");
}
