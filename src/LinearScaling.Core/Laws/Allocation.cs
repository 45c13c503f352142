using LinearScaling.Laws.Forms;
using LinearScaling.Laws.Numerics;
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
    /// <remarks>Bisection on the slope along constant compute, which rises through 0 once.</remarks>
    public static (double N, double D, double Loss) Optimize(
        LawForm form,
        IReadOnlyList<double> coefficients,
        double flops,
        FlopsRule rule
    )
    {
        var p = form.ToFitSpace(coefficients);
        var gradient = new double[p.Length];
        var anywhere = Observation.At(1, 1, 0);
        // dL / d ln N along constant compute.
        double Slope(double logN)
        {
            const double h = 1e-4;
            double At(double l)
            {
                var n = Math.Exp(l);
                return form.Value(p, anywhere with { N = n, D = rule.Tokens(flops, n) }, gradient);
            }
            return At(logN + h) - At(logN - h);
        }
        // N and D may be in any unit: from equal amounts of both the bracket grows until the slope changes its sign.
        var (low, high) = (0.5 * Math.Log(flops), 0.5 * Math.Log(flops));
        for (var step = 1.0; step <= 64 && Slope(low) >= 0; step *= 2)
            low -= step;
        for (var step = 1.0; step <= 64 && Slope(high) < 0; step *= 2)
            high += step;
        for (var i = 0; i < 200 && high - low > 1e-13; i++)
        {
            var middle = 0.5 * (low + high);
            if (Slope(middle) < 0)
                low = middle;
            else
                high = middle;
        }
        var best = Math.Exp(0.5 * (low + high));
        var tokens = rule.Tokens(flops, best);
        return (best, tokens, form.Value(p, Observation.At(best, tokens, 0), gradient));
    }
}
