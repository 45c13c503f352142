using System.Diagnostics;
using LinearScaling.Laws;
using LinearScaling.Laws.Envelopes;
using LinearScaling.Laws.Forms;
using LinearScaling.Laws.IsoFlops;
using LinearScaling.Laws.Numerics;
using LinearScaling.Laws.Points;

namespace LinearScaling.Benchmarks;

/// <summary>How often the 95 % intervals of approaches 1 and 2 hold what the same design gives without noise, on
/// Hoffmann's surface: <c>approaches [draws]</c>.</summary>
internal static class ApproachCoverage
{
    private static readonly double[] Surface = [1.69, 406.4, 410.7, .34, .28];

    public static void Run(int draws)
    {
        var started = Stopwatch.GetTimestamp();
        Console.WriteLine($"coverage of approaches 1 and 2 over {draws} draws");
        Console.WriteLine("design                                             a of N_opt  b of D_opt  alpha of L");
        foreach (var (sizes, ratio, noise) in new[] { (6, 3.0, .003), (6, 3.0, .01), (8, 2.0, .003), (8, 2.0, .01) })
        {
            var exact = Envelopes(sizes, ratio, _ => 0, 0);
            Print(
                $"1: {sizes} runs, sizes x {ratio}, noise of a run {100 * noise:0.#} %",
                draws,
                [exact.NOpt!.Exponent, exact.DOpt!.Exponent, exact.Loss.Exponent],
                (random, i) =>
                    Envelopes(sizes, ratio, _ => noise * random.Normal(), i) is var f
                        ? [f.NOpt?.ExponentInterval, f.DOpt?.ExponentInterval, f.Loss.ExponentInterval]
                        : []
            );
        }
        foreach (
            var (budgets, sizes, factor, noise) in new[]
            {
                (4, 5, 8.0, .003),
                (4, 7, 8.0, .003),
                (5, 7, 4.0, .003),
                (5, 7, 4.0, .01),
                (6, 9, 8.0, .01),
                (8, 13, 8.0, .01),
            }
        )
        {
            var exact = IsoFlop.Fit(IsoFlops(budgets, sizes, factor, _ => 0, _ => 0));
            Print(
                $"2: {budgets} budgets, {sizes} sizes x / {factor}, noise {100 * noise:0.#} %",
                draws,
                [exact.NOpt!.Exponent, exact.DOpt!.Exponent, exact.Loss!.Exponent],
                (random, i) =>
                    IsoFlopFit.Fit(
                        "",
                        IsoFlops(budgets, sizes, factor, _ => noise * random.Normal(), _ => 0.04 * random.Normal()),
                        seed: i
                    )
                        is var f
                        ? [f.NOpt.ExponentInterval, f.DOpt.ExponentInterval, f.Loss.ExponentInterval]
                        : []
            );
        }
        Console.WriteLine($"{Stopwatch.GetElapsedTime(started).TotalSeconds:F0} s");
    }

    private static void Print(string design, int draws, double[] truth, Func<SeededRandom, int, Interval?[]> intervals)
    {
        var random = new SeededRandom(1);
        var (held, had) = (new int[truth.Length], new int[truth.Length]);
        for (var i = 0; i < draws; i++)
            foreach (var (interval, k) in intervals(random, i).Select((x, k) => (x, k)))
            {
                had[k] += interval is null ? 0 : 1;
                held[k] += interval is { } x && x.Contains(truth[k]) ? 1 : 0;
            }
        Console.WriteLine(
            $"{design, -50} "
                + string.Join("  ", held.Select((h, k) => $"{100.0 * h / had[k], 9:F1}%"))
                + (had.Min() < draws ? $"  (of {had.Min()})" : "")
        );
    }

    /// <summary>A run a size, each over 2.5 decades up to 200 tokens a parameter; noise moves a run as a
    /// whole.</summary>
    private static EnvelopeFit Envelopes(int sizes, double ratio, Func<int, double> noise, int seed)
    {
        var curves = new List<LossCurve>();
        for (var i = 0; i < sizes; i++)
        {
            var (n, shift) = (1e7 * Math.Pow(ratio, i), Math.Exp(noise(i)));
            curves.Add(
                new(
                    $"run {i}",
                    "family",
                    $"{i}",
                    n,
                    6 * n,
                    [
                        .. Enumerable
                            .Range(0, 33)
                            .Select(k => 200 * n * Math.Pow(10, -2.5 * (32 - k) / 32.0))
                            .Select(d => new CurvePoint(d, 6 * n * d, Loss(n, d) * shift)),
                    ]
                )
            );
        }
        return EnvelopeFit.Fit(curves, seed: seed);
    }

    /// <summary>Budgets over three decades, which models miss; sizes up to a factor from the optimum.</summary>
    private static List<Observation> IsoFlops(
        int budgets,
        int sizes,
        double factor,
        Func<int, double> noise,
        Func<int, double> miss
    )
    {
        var points = new List<Observation>();
        for (var b = 0; b < budgets; b++)
        {
            var flops = 1e18 * Math.Pow(1000, (double)b / (budgets - 1));
            var center = Allocation.Optimize(new Chinchilla(), Surface, flops, FlopsRule.SixNd).N;
            for (var i = 0; i < sizes; i++)
            {
                var n = center * Math.Pow(factor, 2.0 * i / (sizes - 1) - 1);
                var d = flops / (6 * n) * Math.Exp(miss(i));
                points.Add(Observation.At(n, d, Loss(n, d) * Math.Exp(noise(i)), points.Count));
            }
        }
        return points;
    }

    private static double Loss(double n, double d) => new Chinchilla().Predict(Surface, Observation.At(n, d, 0));
}
