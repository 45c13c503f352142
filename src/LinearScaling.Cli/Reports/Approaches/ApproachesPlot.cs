using LinearScaling.Cli.Reports.Figures;
using LinearScaling.Laws;
using LinearScaling.Laws.Points;

namespace LinearScaling.Cli.Reports.Approaches;

/// <summary>What the approaches say of one another: compute-optimal sizes of each, a panel a group.</summary>
internal static class ApproachesPlot
{
    public static IEnumerable<(Figure, string)> Draw(IReadOnlyList<(int Approach, Law Law)> laws)
    {
        List<IGrouping<string, (int Approach, Law Law)>> groups =
        [
            .. laws.Where(l => l.Law is { NOpt: not null, FittedRange.C: not null }).GroupBy(l => l.Law.Name),
        ];
        if (groups.Count == 0)
            yield break;
        yield return (
            new(
                "approaches",
                "Compute-optimal model size by approach",
                [
                    .. groups.Select(g => new Panel(
                        groups.Count == 1 ? "" : g.Key,
                        new(ComputeOrigin.Axis(g.First().Law.Convention)),
                        new("N (parameters)"),
                        [
                            .. g.Select(l =>
                                Bands.Law(
                                    $"approach {l.Approach}",
                                    Palette.Color(l.Approach - 1),
                                    Stroke.Solid,
                                    l.Law.NOpt!,
                                    g.Min(x => x.Law.FittedRange!.C!.Low),
                                    g.Max(x => x.Law.FittedRange!.C!.High)
                                )
                            ),
                        ]
                    )),
                ]
            ),
            "The power law of N_opt by each approach over the compute that any of them was fitted to."
        );
    }
}
