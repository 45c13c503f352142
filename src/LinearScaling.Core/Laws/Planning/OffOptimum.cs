using LinearScaling.Laws.Numerics;

namespace LinearScaling.Laws.Planning;

/// <summary>What a model of another size than the optimum costs.</summary>
/// <param name="Times">Its size over the optimum's.</param>
/// <param name="N">Parameters.</param>
/// <param name="D">Training tokens at the same compute of training and serving; 0 where serving alone takes all of
/// it.</param>
/// <param name="Loss">Predicted at the same compute; infinite where no tokens are left to train on.</param>
/// <param name="LossInterval">Its 95 % interval; null where the law has no covariance.</param>
/// <param name="ExtraCompute">The part of the optimum's compute that this size needs on top, to reach the optimum's
/// loss; infinite where it never does.</param>
/// <param name="ExtraComputeInterval">The same by each draw's own optimum: that of the size planned says what a plan by
/// an uncertain law may cost.</param>
public sealed record OffOptimum(
    double Times,
    double N,
    double D,
    double Loss,
    Interval? LossInterval,
    double ExtraCompute,
    Interval? ExtraComputeInterval
)
{
    private static readonly double[] Sizes = [0.25, 0.5, 1, 2, 4];

    /// <summary>Sizes around the optimum of a budget, from a quarter to four times its N.</summary>
    public static IReadOnlyList<OffOptimum> AroundBudget(LawSurface law, double flops, double served = 0)
    {
        var compute = new LifetimeCompute(law.Rule, served);
        return Around(law, compute, surface => (surface.Spend(flops, compute), flops));
    }

    /// <summary>Sizes around the cheapest model of a loss.</summary>
    public static IReadOnlyList<OffOptimum> AroundLoss(LawSurface law, double loss, double served = 0)
    {
        var compute = new LifetimeCompute(law.Rule, served);
        return Around(
            law,
            compute,
            surface => surface.Reach(loss, compute) is var (n, d, flops) ? ((n, d, loss), flops) : default
        );
    }

    private static List<OffOptimum> Around(
        LawSurface law,
        LifetimeCompute compute,
        Func<Surface, ((double N, double D, double Loss) At, double Flops)> optimum
    )
    {
        var best = optimum(law.Fitted);
        double Extra(Surface surface, double n, ((double, double, double Loss) At, double Flops) own) =>
            double.IsFinite(own.Flops)
                ? compute.Total(n, surface.TokensFor(own.At.Loss, n)) / own.Flops - 1
                : double.NaN; // a draw without an optimum has nothing to be off
        double LossAt(Surface surface, double n) =>
            compute.Tokens(best.Flops, n) is > 0 and var d ? surface.Loss(n, d) : double.PositiveInfinity;
        var sizes = Array.ConvertAll(Sizes, k => k * best.At.N);
        var drawn = law.Drawn(surface =>
        {
            var own = optimum(surface);
            return Array.ConvertAll(sizes, n => (Loss: LossAt(surface, n), Extra: Extra(surface, n, own)));
        });
        return
        [
            .. sizes.Select(
                (n, k) =>
                    new OffOptimum(
                        Sizes[k],
                        n,
                        Math.Max(0, compute.Tokens(best.Flops, n)),
                        LossAt(law.Fitted, n),
                        LawSurface.Span(drawn.Select(d => d[k].Loss)),
                        // At the optimum itself, what rounding leaves is no cost.
                        Sizes[k] == 1
                            ? 0
                            : Extra(law.Fitted, n, best),
                        LawSurface.Span(drawn.Select(d => Math.Max(0, d[k].Extra)))
                    )
            ),
        ];
    }
}
