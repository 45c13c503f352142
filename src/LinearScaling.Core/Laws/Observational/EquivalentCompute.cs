using LinearScaling.Laws.Numerics;

namespace LinearScaling.Laws.Observational;

/// <summary>The compute at which a reference family would be as capable as a model: its f-equivalent FLOPs (arXiv
/// 2405.10938).</summary>
/// <param name="Name">The model.</param>
/// <param name="LogFlops">log10 of the equivalent FLOPs.</param>
/// <param name="Interval">95 % of <paramref name="LogFlops"/>.</param>
/// <param name="Beyond">Whether it lies more than two decades outside the reference family's models, where a line says
/// nothing.</param>
public sealed record EquivalentCompute(string Name, double LogFlops, Interval? Interval, bool Beyond)
{
    /// <summary>In decades, how far the reference family's line is believed beyond its models.</summary>
    public const double Reach = 2;

    public double Flops => Math.Pow(10, LogFlops);

    /// <summary>95 % of <see cref="Flops"/>.</summary>
    public Interval? FlopsInterval =>
        Interval is null ? null : new(Math.Pow(10, Interval.Low), Math.Pow(10, Interval.High));
}
