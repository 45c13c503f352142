using LinearScaling.Laws.Points;

namespace LinearScaling.Laws.Envelopes;

/// <summary>A point of the compute envelope: the least value any run of the family reaches with that compute, lower
/// than any reached with less.</summary>
/// <param name="Curve">Index of the run that reaches it.</param>
public sealed record EnvelopePoint(double Flops, double Value, int Curve);

/// <summary>A range of compute over which one size is the best of its family.</summary>
/// <param name="LimitedByEnd">The range ends because the size's runs end, not because a larger size becomes better:
/// the hand-over would lie at more compute.</param>
public sealed record BestSize(double N, string Size, double FromFlops, double ToFlops, bool LimitedByEnd);

/// <summary>Where two neighbouring sizes are equally good: the compute-optimal model lies between them.</summary>
/// <param name="N">Geometric mean of the two sizes.</param>
/// <param name="D">Geometric mean of the tokens the two train on with that compute.</param>
public sealed record HandOver(double Flops, double N, double D, bool LimitedByEnd);

/// <summary>Approach 1 (Hoffmann et al., arXiv 2203.15556, section 3.1): the lower envelope of a family's curves over
/// log-spaced compute, and the size that is best where.</summary>
/// <remarks>
/// Hoffmann regress the best size on compute over all grid points. With few sizes that staircase flattens the slope (by
/// 1/k^2 of it for k evenly spaced sizes) and its ends depend on where the grid ends. Here N_opt and D_opt are read
/// where one size hands over to the next, which is exact for evenly spaced sizes and does not depend on the ends. Noisy
/// curves may cross several times: the ranges are put in the order of size, each as long as it was best in all. Without
/// a smaller neighbour the smallest size would be the best down to any compute, and the largest up to any. Their ranges
/// are cut to a width of r^2, which a size has between two neighbours at a ratio of r when N and D grow alike.
/// </remarks>
public sealed record Envelope(
    IReadOnlyList<EnvelopePoint> Points,
    IReadOnlyList<BestSize> Sizes,
    IReadOnlyList<HandOver> HandOvers
)
{
    /// <summary>Grid points per decade of compute.</summary>
    public const int PointsPerDecade = 64;

    public double Decades => Points.Count < 2 ? 0 : Math.Log10(Points[^1].Flops / Points[0].Flops);

    /// <param name="curves">One family's curves.</param>
    public static Envelope Trace(IReadOnlyList<LossCurve> curves) => new EnvelopeGrid(curves).Envelope([]);

    internal static Envelope From(IReadOnlyList<LossCurve> curves, List<EnvelopePoint> points)
    {
        var sizes = BestSizes(curves, points);
        if (sizes.Count > 1)
        {
            sizes[0] = sizes[0] with
            {
                FromFlops = Math.Max(sizes[0].FromFlops, sizes[0].ToFlops / Math.Pow(sizes[1].N / sizes[0].N, 2)),
            };
            sizes[^1] = sizes[^1] with
            {
                ToFlops = Math.Min(sizes[^1].ToFlops, sizes[^1].FromFlops * Math.Pow(sizes[^1].N / sizes[^2].N, 2)),
            };
            points.RemoveAll(p => p.Flops < sizes[0].FromFlops || p.Flops > sizes[^1].ToFlops);
        }
        return new(
            points,
            sizes,
            [
                .. sizes.Zip(
                    sizes.Skip(1),
                    (a, b) =>
                        new HandOver(
                            a.ToFlops,
                            Math.Sqrt(a.N * b.N),
                            a.ToFlops / Math.Sqrt(FlopsPerToken(curves, a.N) * FlopsPerToken(curves, b.N)),
                            a.LimitedByEnd
                        )
                ),
            ]
        );
    }

    private static List<BestSize> BestSizes(IReadOnlyList<LossCurve> curves, List<EnvelopePoint> points)
    {
        var ranges = new List<BestSize>();
        var from = 0;
        foreach (var group in points.GroupBy(p => curves[p.Curve].N).OrderBy(g => g.Key))
        {
            var to = from + group.Count();
            var runs = curves.Where(c => c.N == group.Key).ToList();
            var reach = runs.Max(c => c.LastFlops);
            var ends = to < points.Count && reach < points[to].Flops;
            var start = from > 0 ? ranges[^1].ToFlops : points[0].Flops;
            // Half-way, in log compute, to the first point of the next size.
            var end = to < points.Count ? Math.Sqrt(points[to - 1].Flops * points[to].Flops) : points[^1].Flops;
            ranges.Add(new(group.Key, runs[0].Size, start, end, ends));
            from = to;
        }
        return ranges;
    }

    private static double FlopsPerToken(IReadOnlyList<LossCurve> curves, double n) =>
        curves.First(c => c.N == n).FlopsPerToken;
}
