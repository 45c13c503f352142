using System.Diagnostics;
using LinearScaling.Laws.Forms;
using LinearScaling.Laws.Numerics;
using LinearScaling.Laws.Parametric;
using LinearScaling.Laws.Points;

namespace LinearScaling.Benchmarks;

/// <summary>How often 95 % intervals hold the truth where ten rows come from one run:
/// <c>law-runs [draws] [runs] [rows]</c>.</summary>
/// <remarks>Each run has a size and ten lengths. Its rows share an error of 0.8 % and have one of 0.6 % each, in ln L:
/// two rows of a run correlate by 0.64.</remarks>
internal static class RunCoverage
{
    private const int BootstrapDraws = 200;

    private static readonly double[] Surface = [1.69, 406.4, 410.7, .34, .28];

    public static void Run(int draws, int runs, int rows)
    {
        var form = new Chinchilla();
        var design = Design(runs, rows);
        var random = new SeededRandom(1);
        var (bootstrap, profile, independent) = (new int[5], new int[5], new int[5]);
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < draws; i++)
        {
            var shared = Enumerable.Range(0, runs).Select(_ => 0.008 * random.Normal()).ToArray();
            List<Observation> points =
            [
                .. design.Select(o =>
                    o with
                    {
                        Y = form.Predict(Surface, o) * Math.Exp(shared[o.Cluster] + 0.006 * random.Normal()),
                    }
                ),
            ];
            var fit = ParametricFit.Fit(form, points, FitLoss.LogSquared, starts: 12, seed: i);
            var drawn = Bootstrap.Draw(fit, BootstrapDraws, i);
            var effect = DesignEffect.Measure(fit);
            for (var k = 0; k < 5; k++)
            {
                int Holds(double divisor) =>
                    ProfileLikelihood
                        .Trace(fit, form.Parameters[k].Name, drawn.Interval(k)!, divisor)
                        .Interval.Contains(Surface[k])
                        ? 1
                        : 0;
                bootstrap[k] += drawn.Interval(k)!.Contains(Surface[k]) ? 1 : 0;
                profile[k] += Holds(effect.Ratio(k));
                independent[k] += Holds(1);
            }
        }
        Console.WriteLine(
            $"coverage of 95 % intervals over {draws} draws of {runs} runs of {rows} rows "
                + $"({Stopwatch.GetElapsedTime(started).TotalSeconds:F0} s)"
        );
        Console.WriteLine("parameter  bootstrap  profile  profile, rows as independent");
        for (var k = 0; k < 5; k++)
            Console.WriteLine(
                $"{form.Parameters[k].Name, -9}  {100.0 * bootstrap[k] / draws, 8:F1}%  "
                    + $"{100.0 * profile[k] / draws, 6:F1}%  {100.0 * independent[k] / draws, 6:F1}%"
            );
    }

    /// <summary>Twelve sizes, each by as many runs, whose last checkpoints lie a third of a decade apart; the others
    /// lie a fifth of a decade before each other.</summary>
    private static List<Observation> Design(int runs, int rows) =>
        [
            .. from run in Enumerable.Range(0, runs)
            let size = Math.Pow(10, 7 + 0.27 * (run % 12))
            let last = 10 + 3.0 * (run / 12) / (runs / 12)
            from row in Enumerable.Range(0, rows)
            select Observation.At(size, Math.Pow(10, last - 0.2 * row), 1.0, run),
        ];
}
