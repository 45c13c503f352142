using LinearScaling.Laws.Numerics;
using LinearScaling.Laws.Points;

namespace LinearScaling.Laws.IsoFlops;

/// <summary>Approach 2 (Hoffmann et al., arXiv 2203.15556, section 3.2): for every budget a parabola through loss
/// against ln N and another against ln D, then power laws of compute through the vertices.</summary>
/// <remarks>D_opt has a parabola of its own, as in Hoffmann et al.: where C / (N D) differs between the models of a
/// budget, it does not follow from N_opt.</remarks>
/// <param name="Early">Rows before the end of their run, which are not used.</param>
/// <param name="Alone">Points of no budget.</param>
/// <param name="Separate">Whether budgets were named or stand clear of each other in C.</param>
/// <param name="NOpt">Through the vertices that are used; null with fewer than two.</param>
/// <param name="Loss">Through the losses at the vertices.</param>
/// <param name="Bias">How far parabolas over this design are off on a smooth surface; null where none could be
/// fitted.</param>
public sealed record IsoFlop(
    IReadOnlyList<IsoFlopProfile> Profiles,
    int Early,
    IReadOnlyList<Observation> Alone,
    bool Separate,
    LogLogLine? NOpt,
    LogLogLine? DOpt,
    LogLogLine? Loss,
    IsoFlopBias? Bias
)
{
    /// <summary>The profiles that the laws go through.</summary>
    public IReadOnlyList<IsoFlopProfile> Used { get; } = [.. Profiles.Where(p => p.Problem is null)];

    /// <param name="points">With N, D and C, or a named budget in place of C. Where each names its budget, each is a
    /// model of it; otherwise the last rows of every run are, and the rest are too early.</param>
    /// <param name="surface">Chinchilla coefficients that stand for the data's true surface, to measure the bias on; by
    /// default those of a least-squares fit to the profiles.</param>
    public static IsoFlop Fit(IReadOnlyList<Observation> points, IReadOnlyList<double>? surface = null)
    {
        var ends = points;
        if (points.Any(o => !double.IsFinite(o.Budget)))
        {
            var last = points.GroupBy(o => o.Cluster).ToDictionary(g => g.Key, g => g.Max(o => o.C) * (1 - 1e-9));
            ends = [.. points.Where(o => o.C >= last[o.Cluster])];
        }
        var budgets = IsoFlopBudgets.Find(ends);
        var fit = Through(
            [.. budgets.Groups.Select(g => IsoFlopProfile.Fit(g.Flops, g.Points))],
            budgets.Alone,
            budgets.Separate
        ) with
        {
            Early = points.Count - ends.Count,
        };
        return fit.NOpt is null ? fit : fit with { Bias = IsoFlopBias.Measure(fit, surface) };
    }

    /// <summary>The laws through the profiles that have an optimum.</summary>
    internal static IsoFlop Through(
        IReadOnlyList<IsoFlopProfile> profiles,
        IReadOnlyList<Observation> alone,
        bool separate
    )
    {
        var used = profiles.Where(p => p.Problem is null).ToList();
        var (n, d, loss) = Lines(
            [.. used.Select(p => p.Flops)],
            [.. used.Select(p => p.NOpt)],
            [.. used.Select(p => p.DOpt)],
            [.. used.Select(p => p.LossOpt)]
        );
        return new(profiles, 0, alone, separate, n, d, loss, null);
    }

    internal static (LogLogLine? N, LogLogLine? D, LogLogLine? Loss) Lines(
        ReadOnlySpan<double> flops,
        ReadOnlySpan<double> n,
        ReadOnlySpan<double> d,
        ReadOnlySpan<double> loss
    ) => (LogLogLine.Fit(flops, n), LogLogLine.Fit(flops, d), LogLogLine.Fit(flops, loss));
}
