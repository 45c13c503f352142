using LinearScaling.Laws.Numerics;

namespace LinearScaling.Laws.Planning;

/// <summary>
/// The model with the least compute over its life for a loss, or with the least loss for that compute: training and
/// serving together (Sardana et al., arXiv 2401.00448).
/// </summary>
/// <param name="Served">Tokens to be served; with 0 the plan is that of training alone.</param>
/// <param name="Flops">Compute of training and serving.</param>
/// <param name="FlopsInterval">Its 95 % interval; null where the law has no covariance, or the compute was given. An
/// end is infinite where so many draws never reach the loss.</param>
/// <param name="TrainingFlops">The part of it that trains.</param>
/// <param name="ServingFlops">The part of it that serves.</param>
/// <param name="N">Parameters.</param>
/// <param name="D">Training tokens.</param>
/// <param name="Loss">Predicted, or as asked for.</param>
/// <param name="LossInterval">Null where the loss was given, too.</param>
/// <param name="Unreached">Share of the draws by which no compute reaches the loss.</param>
/// <param name="TrainedAlone">The model of the same loss with the least training compute, and what its life
/// costs.</param>
public sealed record Deployment(
    double Served,
    double Flops,
    Interval? FlopsInterval,
    double TrainingFlops,
    double ServingFlops,
    double N,
    Interval? NInterval,
    double D,
    Interval? DInterval,
    double Loss,
    Interval? LossInterval,
    double Unreached,
    TrainedAlone TrainedAlone
)
{
    /// <summary>The model of least loss whose training and serving cost so many FLOPs.</summary>
    public static Deployment Spend(LawSurface law, double flops, double served)
    {
        var compute = new LifetimeCompute(law.Rule, served);
        var (n, d, loss) = law.Fitted.Spend(flops, compute);
        var drawn = law.Drawn(s => s.Spend(flops, compute));
        return new(
            served,
            flops,
            null,
            compute.Training(n, d),
            compute.Serving(n),
            n,
            LawSurface.Span(drawn.Select(a => a.N)),
            d,
            LawSurface.Span(drawn.Select(a => a.D)),
            loss,
            LawSurface.Span(drawn.Select(a => a.Loss)),
            0,
            TrainedAlone.Find(law, loss, compute)
        );
    }

    /// <summary>The model that reaches a loss with the least compute of training and serving.</summary>
    /// <exception cref="LinearScalingException">No amount of compute reaches it.</exception>
    public static Deployment Reach(LawSurface law, double loss, double served)
    {
        var compute = new LifetimeCompute(law.Rule, served);
        var (n, d, flops) = law.Fitted.Reach(loss, compute);
        if (!double.IsFinite(flops))
            throw LawMistakes.Unreachable(law.Name, loss, law.LeastLoss);
        var drawn = law.Drawn(s => s.Reach(loss, compute));
        return new(
            served,
            flops,
            LawSurface.Span(drawn.Select(a => a.Flops)),
            compute.Training(n, d),
            compute.Serving(n),
            n,
            LawSurface.Span(drawn.Select(a => a.N)),
            d,
            LawSurface.Span(drawn.Select(a => a.D)),
            loss,
            null,
            drawn.Length == 0 ? 0 : drawn.Count(a => !double.IsFinite(a.Flops)) / (double)drawn.Length,
            TrainedAlone.Find(law, loss, compute)
        );
    }
}

/// <summary>The model of a loss with the least training compute, whatever it costs to serve.</summary>
/// <param name="Flops">Compute of its training and serving.</param>
/// <param name="ServingFlops">The part of it that serves.</param>
public sealed record TrainedAlone(double N, double D, double Flops, double ServingFlops)
{
    internal static TrainedAlone Find(LawSurface law, double loss, LifetimeCompute compute)
    {
        var (n, d, _) = law.Fitted.Reach(loss, compute with { Served = 0 });
        return new(n, d, compute.Total(n, d), compute.Serving(n));
    }
}
