using LinearScaling.Laws.Points;

namespace LinearScaling.Laws.Scheduled;

/// <summary>A metric along a run by its step (or tokens).</summary>
/// <param name="Weight">Of its residual.</param>
public sealed record StepValue(double Position, double Value, double Weight = 1);

/// <summary>One run's metric along its schedule; no points where the run is only to be predicted.</summary>
/// <param name="Run">Its name.</param>
/// <param name="Group">One law is fitted per group: an architecture and size, since the laws know no N.</param>
public sealed record ScheduledCurve(string Run, string Group, LearningRates Rates, IReadOnlyList<StepValue> Points)
{
    private const int Bins = 32;

    /// <summary>The points as a fit takes them.</summary>
    /// <param name="cluster">The curve's number in its group.</param>
    public IEnumerable<Observation> Observations(int cluster) =>
        Points.Select(p => Place(p.Position) with { Y = p.Value, Weight = p.Weight, Cluster = cluster });

    /// <summary>A point of the run without a value, for predictions; its D is the position.</summary>
    public Observation Place(double position) =>
        new(double.NaN, position, double.NaN, double.NaN, double.NaN, double.NaN, 1, 0)
        {
            Label = Run,
            Schedule = Rates.At(position),
        };

    /// <summary>At most 64 points in place of many: means over bins of which half are evenly spaced and half evenly in
    /// logarithms, so that neither the steep start nor the annealing at the end is blurred. A mean weighs as many
    /// points as it is of, 1 on average.</summary>
    public static IReadOnlyList<StepValue> Binned(IReadOnlyList<StepValue> points)
    {
        if (points.Count <= 2 * Bins)
            return points;
        var (first, last) = (points[0].Position, points[^1].Position);
        int Bin(StepValue p) =>
            (int)Math.Min(Bins - 1, Bins * Math.Log(p.Position / first) / Math.Log(last / first))
            + (int)Math.Min(Bins - 1, Bins * (p.Position - first) / (last - first));
        var bins = points.GroupBy(Bin).Select(b => b.ToList()).ToList();
        return
        [
            .. bins.Select(b => new StepValue(
                b.Average(p => p.Position),
                Math.Exp(b.Average(p => Math.Log(p.Value))),
                (double)b.Count * bins.Count / points.Count
            )),
        ];
    }

    /// <summary>Schedules by their first run: each list holds the indices of the runs that have the same.</summary>
    public static IReadOnlyList<IReadOnlyList<int>> Distinct(IEnumerable<LearningRates> schedules)
    {
        var different = new List<(LearningRates Rates, List<int> Runs)>();
        foreach (var (i, rates) in schedules.Index())
            if (different.Find(d => d.Rates.IsSameAs(rates)) is { Runs: { } runs })
                runs.Add(i);
            else
                different.Add((rates, [i]));
        return [.. different.Select(d => d.Runs)];
    }
}
