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

    /// <summary>6 N D where the points say so, else the power law through C / D.</summary>
    public static FlopsRule Infer(IEnumerable<Observation> points)
    {
        var usable = points.Where(o => o.N > 0 && o.D > 0 && o.C > 0).ToList();
        if (usable.TrueForAll(o => Math.Abs(o.C / (6 * o.N * o.D) - 1) < 1e-6))
            return SixNd;
        return LogLogLine.Fit([.. usable.Select(o => o.N)], [.. usable.Select(o => o.C / o.D)]) is { } line
            ? new(line.Coefficient, line.Exponent)
            : new(usable.Average(o => o.C / (o.N * o.D)), 1);
    }
}
