using LinearScaling.Laws.Scheduled;

namespace LinearScaling.Tests.Laws.Scheduled;

/// <summary>Learning rates of every step, from step 0, as MultiPowerLaw's src/lr_schedules.py makes them.</summary>
internal static class SampleSchedules
{
    public const int Warmup = 2160;

    /// <summary>MultiPowerLaw, src/config.py: L0, A, alpha, B, C, beta, gamma of its models of 100 million
    /// parameters.</summary>
    public static readonly double[] Million100 =
    [
        2.6514477,
        0.60115152,
        0.45295811,
        437.9464276,
        2.13245612,
        0.59785199,
        0.65523644,
    ];

    public static double[] Cosine(int total) =>
        After(total, s => 3e-5 + 0.5 * 2.7e-4 * (1 + Math.Cos(Math.PI * (s - Warmup) / (total - Warmup))));

    public static double[] Constant(int total) => After(total, _ => 3e-4);

    /// <summary>Warm-up, 3e-4, and another rate from step 8000 on.</summary>
    public static double[] TwoStages(double second) => After(16000, s => s < 8000 ? 3e-4 : second);

    /// <summary>An exponential decay over the last sixth.</summary>
    public static double[] Exponential() =>
        After(
            24000,
            s => s < 20000 ? 3e-4 : Math.Pow(3e-4, (24000 - s) / 4000.0) * Math.Pow(3e-5, (s - 20000) / 4000.0)
        );

    /// <summary>A linear decay over the last sixth.</summary>
    public static double[] Linear(double floor = 3e-5) =>
        After(24000, s => s < 20000 ? 3e-4 : 3e-4 + (floor - 3e-4) * (s - 20000) / 4000.0);

    public static LearningRates Known(double[] rates) => new(rates.Select((r, i) => ((double)i, r)));

    /// <summary>The law's sum as it is written, a term a step.</summary>
    public static double Direct(double[] law, double[] rates, int step)
    {
        var sums = new double[step + 1];
        for (var i = 0; i <= step; i++)
            sums[i] = (i == 0 ? 0 : sums[i - 1]) + rates[i];
        var fallen = 0.0;
        for (var k = 1; k <= step; k++)
            if (rates[k] != rates[k - 1])
                fallen +=
                    (rates[k] - rates[k - 1])
                    * (1 - Math.Pow(1 + law[4] * Math.Pow(rates[k], -law[6]) * (sums[step] - sums[k - 1]), -law[5]));
        return law[0] + law[1] * Math.Pow(sums[step], -law[2]) + law[3] * fallen;
    }

    private static double[] After(int total, Func<int, double> rate) =>
        [.. Enumerable.Range(0, total).Select(s => s < Warmup ? 3e-4 * s / (Warmup - 1) : rate(s))];
}
