using LinearScaling.Laws.Forms;
using LinearScaling.Laws.Numerics;
using LinearScaling.Laws.Planning;
using LinearScaling.Laws.Points;

namespace LinearScaling.Laws;

/// <summary>How a compute budget is best spent: model size, tokens, and the loss to expect, with 95 % intervals where
/// they are known.</summary>
public sealed record Allocation(
    double Flops,
    double N,
    Interval? NInterval,
    double D,
    Interval? DInterval,
    double Loss,
    Interval? LossInterval
)
{
    /// <summary>The best spending of a budget by a surface L(N, D), with intervals from redrawn coefficients.</summary>
    public static Allocation Spend(
        LawForm form,
        IReadOnlyList<double> coefficients,
        IEnumerable<double[]> draws,
        double flops,
        FlopsRule rule
    )
    {
        var (n, d, loss) = Optimize(form, coefficients, flops, rule);
        double[][] redrawn = [.. draws];
        var drawn = new (double N, double D, double Loss)[redrawn.Length];
        Parallel.For(0, drawn.Length, i => drawn[i] = Optimize(form, redrawn[i], flops, rule));
        return new(
            flops,
            n,
            Interval.Percentile(drawn.Select(a => a.N)),
            d,
            Interval.Percentile(drawn.Select(a => a.D)),
            loss,
            Interval.Percentile(drawn.Select(a => a.Loss))
        );
    }

    /// <summary>The N and D that minimise a surface L(N, D) over all that cost <paramref name="flops"/>.</summary>
    public static (double N, double D, double Loss) Optimize(
        LawForm form,
        IReadOnlyList<double> coefficients,
        double flops,
        FlopsRule rule
    ) => new Surface(form, coefficients).Spend(flops, new(rule, 0));
}
