using System.Diagnostics;
using LinearScaling.Laws.Forms;
using LinearScaling.Laws.Numerics;
using LinearScaling.Laws.Parametric;
using LinearScaling.Laws.Points;

namespace LinearScaling.Benchmarks;

/// <summary>How often 95 % intervals hold the truth, and how long fits take: <c>laws [draws]</c>.</summary>
/// <remarks>Each draw makes a table of a known surface with normal errors of 1 % in ln L, fits it and takes bootstrap
/// and profile intervals.</remarks>
internal static class LawCoverage
{
    private const int Rows = 240,
        BootstrapDraws = 400;

    private static readonly double[] Surface = [1.69, 406.4, 410.7, .34, .28];

    public static void Run(int draws)
    {
        var form = new Chinchilla();
        var design = Design();
        var random = new SeededRandom(1);
        var (bootstrap, profile) = (new int[5], new int[5]);
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < draws; i++)
        {
            List<Observation> points =
            [
                .. design.Select(
                    (o, run) =>
                        o with
                        {
                            Cluster = run,
                            Y = form.Predict(Surface, o) * Math.Exp(0.01 * random.Normal()),
                        }
                ),
            ];
            var fit = ParametricFit.Fit(form, points, FitLoss.LogSquared, starts: 12, seed: i);
            var drawn = Bootstrap.Draw(fit, BootstrapDraws, i);
            for (var k = 0; k < 5; k++)
            {
                bootstrap[k] += drawn.Interval(k)!.Contains(Surface[k]) ? 1 : 0;
                profile[k] += ProfileLikelihood
                    .Trace(fit, form.Parameters[k].Name, drawn.Interval(k)!)
                    .Interval.Contains(Surface[k])
                    ? 1
                    : 0;
            }
        }
        Console.WriteLine(
            $"coverage of 95 % intervals over {draws} draws of {Rows} rows, {BootstrapDraws} bootstrap draws each "
                + $"({Stopwatch.GetElapsedTime(started).TotalSeconds:F0} s)"
        );
        Console.WriteLine("parameter  bootstrap  profile");
        for (var k = 0; k < 5; k++)
            Console.WriteLine(
                $"{form.Parameters[k].Name, -9}  {100.0 * bootstrap[k] / draws, 8:F1}%  "
                    + $"{100.0 * profile[k] / draws, 6:F1}%"
            );

        // Twice each: the first pays for compilation.
        List<Observation> table =
        [
            .. design.Select(
                (o, run) => o with { Cluster = run, Y = form.Predict(Surface, o) * Math.Exp(0.01 * random.Normal()) }
            ),
        ];
        ParametricFit fitted = null!;
        for (var i = 0; i < 2; i++)
            Time("240-row Huber fit, 500 starts", () => fitted = ParametricFit.Fit(form, table));
        Time("bootstrap, 4,000 draws", () => Bootstrap.Draw(fitted));
    }

    private static void Time(string what, Action action)
    {
        var (started, used) = (Stopwatch.GetTimestamp(), Process.GetCurrentProcess().TotalProcessorTime);
        action();
        Console.WriteLine(
            $"{what}: {Stopwatch.GetElapsedTime(started).TotalSeconds:F2} s "
                + $"({(Process.GetCurrentProcess().TotalProcessorTime - used).TotalSeconds:F2} s of processor time)"
        );
    }

    /// <summary>Twelve sizes and twenty lengths, each half a decade or less apart.</summary>
    private static List<Observation> Design() =>
        [
            .. from i in Enumerable.Range(0, 12)
            from j in Enumerable.Range(0, Rows / 12)
            select Observation.At(Math.Pow(10, 7 + 0.27 * i), Math.Pow(10, 8 + 0.17 * j), 1.0),
        ];
}
