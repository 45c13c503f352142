using LinearScaling.Laws.Points;

namespace LinearScaling.Laws.IsoFlops;

/// <summary>Which points were planned with the same compute.</summary>
/// <param name="Groups">Budgets by rising compute, each with its FLOPs: the one it was named with, or the geometric
/// mean of its points' C.</param>
/// <param name="Alone">Points that belong to no budget.</param>
/// <param name="Separate">Whether the budgets were named, or stand clear of each other in C.</param>
internal sealed record IsoFlopBudgets(
    IReadOnlyList<(double Flops, IReadOnlyList<Observation> Points)> Groups,
    IReadOnlyList<Observation> Alone,
    bool Separate
)
{
    /// <summary>Points of one budget differ by less than this factor in C.</summary>
    private const double Widest = 1.5;

    /// <summary>A gap between budgets is so many times as wide as any within them.</summary>
    private const double Wider = 2;

    /// <summary>Differences in ln C below this are rounding.</summary>
    private const double Rounding = 1e-3;

    private const int Fewest = 3;

    /// <remarks>
    /// Where every point names its budget, that is it. Otherwise the gaps in ln C tell: real budgets scatter by a few
    /// per cent, and the next lies a factor of 1.2 to 10 away. First one limit is looked for that parts all gaps into
    /// those within budgets and those between. Tables that hold other points as well have no such limit: there a group
    /// counts as a budget where the gaps about it are twice as wide as those in it, and of nested groups those that
    /// last over the widest range of limits, as in hierarchical density clustering (Campello et al. 2013).
    /// </remarks>
    public static IsoFlopBudgets Find(IReadOnlyList<Observation> points)
    {
        if (points.All(o => double.IsFinite(o.Budget)))
            return new(
                [
                    .. points
                        .GroupBy(o => o.Budget)
                        .OrderBy(g => g.Key)
                        .Select(g => (g.Key, (IReadOnlyList<Observation>)[.. g])),
                ],
                [],
                true
            );
        // The same model twice says nothing about where budgets lie.
        var places = points.GroupBy(o => (o.C, o.N)).OrderBy(g => g.Key.C).Select(g => g.ToArray()).ToArray();
        var at = Array.ConvertAll(places, p => Math.Log(p[0].C));
        var parted = Parted(at);
        var ranges = parted ?? [.. Lasting(at, 0, at.Length, 1, 1).Ranges];
        var taken = new bool[places.Length];
        var groups = new List<(double, IReadOnlyList<Observation>)>();
        foreach (var (from, to) in ranges)
        {
            Array.Fill(taken, true, from, to - from);
            List<Observation> group = [.. places[from..to].SelectMany(p => p)];
            groups.Add((Math.Exp(group.Average(o => Math.Log(o.C))), group));
        }
        return new(groups, [.. places.Where((_, i) => !taken[i]).SelectMany(p => p)], parted is not null);
    }

    /// <summary>The budgets by the limit with the widest jump between gaps below and above it; null where there is no
    /// such limit.</summary>
    private static List<(int From, int To)>? Parted(double[] at)
    {
        var gaps = Enumerable
            .Range(1, Math.Max(0, at.Length - 1))
            .Select(i => (Width: at[i] - at[i - 1], Before: i))
            .OrderByDescending(g => g.Width)
            .ToList();
        List<(int, int)>? best = null;
        var widest = Wider;
        for (var count = 1; count < gaps.Count; count++)
        {
            var jump = Math.Max(gaps[count - 1].Width, Rounding) / Math.Max(gaps[count].Width, Rounding);
            if (jump < widest)
                continue;
            int[] cuts = [0, .. gaps.Take(count).Select(g => g.Before).Order(), at.Length];
            var ranges = cuts.Zip(cuts.Skip(1)).ToList();
            if (ranges.TrueForAll(r => IsBudget(at, r.First, r.Second)))
                (best, widest) = (ranges, jump);
        }
        return best;
    }

    /// <summary>The groups within a range that last longest, and for how long: the logarithm of the range of limits,
    /// a point.</summary>
    private static (double Lasting, IEnumerable<(int From, int To)> Ranges) Lasting(
        double[] at,
        int from,
        int to,
        double gapBefore,
        double gapAfter
    )
    {
        if (to - from < Fewest)
            return (0, []);
        var cut = Enumerable.Range(from + 1, to - from - 1).MaxBy(i => at[i] - at[i - 1]);
        var gap = at[cut] - at[cut - 1];
        var (left, right) = (Lasting(at, from, cut, gapBefore, gap), Lasting(at, cut, to, gap, gapAfter));
        var (inside, outside) = (Math.Max(gap, Rounding), Math.Min(gapBefore, gapAfter));
        var whole = (to - from) * Math.Log(outside / inside);
        return outside >= Wider * inside && IsBudget(at, from, to) && whole > left.Lasting + right.Lasting
            ? (whole, [(from, to)])
            : (left.Lasting + right.Lasting, left.Ranges.Concat(right.Ranges));
    }

    private static bool IsBudget(double[] at, int from, int to) =>
        to - from >= Fewest && at[to - 1] - at[from] <= Math.Log(Widest);
}
