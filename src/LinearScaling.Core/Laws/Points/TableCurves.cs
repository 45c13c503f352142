using System.Globalization;
using LinearScaling.Laws.Numerics;

namespace LinearScaling.Laws.Points;

/// <summary>A table whose rows are checkpoints of runs as whole curves, which approach 1 needs.</summary>
public static class TableCurves
{
    private const double SameNumber = 1e-9;

    /// <summary>Whether most runs are curves: rows of one size at two amounts of compute or more.</summary>
    public static bool Has(PointSet points)
    {
        var runs = points.Groups.SelectMany(g => g.Points.GroupBy(o => o.Cluster)).Select(r => r.ToList()).ToList();
        return 2 * runs.Count(r => r.TrueForAll(o => IsSame(o.N, r[0].N)) && !r.TrueForAll(o => IsSame(o.C, r[0].C)))
            > runs.Count;
    }

    /// <param name="points">With N, D and C; a cluster is a run, and a group the runs of one architecture.</param>
    /// <param name="source">What the points are from, for messages.</param>
    /// <param name="metric">What the runs are measured by, for messages.</param>
    /// <param name="burnIn">First part of each run that is left out, as a fraction of its tokens.</param>
    /// <exception cref="LinearScalingException">No run is a curve, or one has two sizes.</exception>
    public static RunCurves Trace(PointSet points, string source, string metric, double burnIn)
    {
        var (curves, leftOut) = (new List<LossCurve>(), points.LeftOut.ToList());
        foreach (var (group, observations) in points.Groups)
        foreach (var run in observations.GroupBy(o => o.Cluster))
            if (Curve(group, [.. run], metric, burnIn, leftOut) is { } curve)
                curves.Add(curve);
        return curves.Count > 0
            ? new RunCurves(points.Convention, [], curves, leftOut, [], DataFingerprint.Compute(curves))
            {
                OfArchitecture = points.Cautions,
            }
            : throw PointMistakes.NoTableCurves(source);
    }

    private static LossCurve? Curve(
        string group,
        List<Observation> rows,
        string metric,
        double burnIn,
        List<LeftOut> leftOut
    )
    {
        var name = rows[0].Label;
        if (!rows.TrueForAll(o => o is { N: > 0, D: > 0, C: > 0 }))
            throw LawMistakes.NeedsNAndD(group, "approach 1");
        if (rows.Find(o => !IsSame(o.N, rows[0].N)) is { N: > 0 } other)
            throw PointMistakes.SeveralSizes(group, name, rows[0], other);
        // A row again at the same compute is a later word on it, as a checkpoint that was evaluated again.
        var points = new List<CurvePoint>();
        foreach (var o in rows.OrderBy(o => o.C))
        {
            if (points.Count > 0 && IsSame(points[^1].Flops, o.C))
                points.RemoveAt(points.Count - 1);
            points.Add(new(o.D, o.C, o.Y));
        }
        var what = $"run {name}";
        RunCurves.Note(leftOut, what, rows.Count - points.Count, "another row of the run has the same compute");
        points = RunCurves.Usable(points, burnIn, what, metric, leftOut);
        var perToken = Interval.Quantile([.. rows.Select(o => o.C / o.D).Order()], 0.5);
        return points.Count < 2
            ? null
            : new(
                name,
                group,
                rows[0].N.ToString("G4", CultureInfo.InvariantCulture),
                rows[0].N,
                perToken,
                Smoothing.LocalLine(points)
            );
    }

    private static bool IsSame(double a, double b) => Math.Abs(a - b) <= SameNumber * Math.Abs(a);
}
