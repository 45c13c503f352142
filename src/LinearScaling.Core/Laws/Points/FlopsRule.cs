using LinearScaling.Laws.Numerics;

namespace LinearScaling.Laws.Points;

/// <summary>Training FLOPs per token as a power of N, C = Coefficient N^Exponent D: exactly 6 N D under that
/// convention, a fit to the points under others.</summary>
public sealed record FlopsRule(double Coefficient, double Exponent)
{
    public static FlopsRule SixNd { get; } = new(6, 1);

    /// <summary>Training FLOPs of N parameters and D tokens.</summary>
    public double Flops(double n, double d) => Coefficient * Math.Pow(n, Exponent) * d;

    public double Tokens(double flops, double n) => flops / (Coefficient * Math.Pow(n, Exponent));

    /// <summary>6 N D where the points say so; else the power law through C / D, in proportion to N where its exponent
    /// is within two standard errors of 1.</summary>
    public static FlopsRule Infer(IEnumerable<Observation> points)
    {
        var usable = Usable(points);
        if (usable.TrueForAll(o => Math.Abs(o.C / (6 * o.N * o.D) - 1) < 1e-6))
            return SixNd;
        return
            LogLogLine.Fit([.. usable.Select(o => o.N)], [.. usable.Select(o => o.C / o.D)]) is { } line
            && !(Math.Abs(line.Exponent - 1) <= 2 * StandardError(line))
            ? new(line.Coefficient, line.Exponent)
            : new(Math.Exp(usable.Average(o => Math.Log(o.C) - o.LogN - o.LogD)), 1);
    }

    /// <summary>How far C lies off the rule: the root mean square of ln C less that of the rule.</summary>
    public double Scatter(IEnumerable<Observation> points) =>
        Usable(points) is { Count: > 0 } usable
            ? Math.Sqrt(usable.Average(o => Math.Pow(Math.Log(o.C / Coefficient) - Exponent * o.LogN - o.LogD, 2)))
            : 0;

    private static double StandardError(LogLogLine line) =>
        line.Points > 2 ? Math.Abs(line.Exponent) * Math.Sqrt((1 / line.RSquared - 1) / (line.Points - 2)) : 0;

    private static List<Observation> Usable(IEnumerable<Observation> points) =>
        [.. points.Where(o => o.N > 0 && o.D > 0 && o.C > 0)];
}
