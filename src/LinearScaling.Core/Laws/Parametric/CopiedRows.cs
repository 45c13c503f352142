using LinearScaling.Laws.Points;

namespace LinearScaling.Laws.Parametric;

/// <summary>Rows that repeat a row of another run to the last digit: copies, or the trunk of runs that were branched
/// from one, as one run's decays from several checkpoints are.</summary>
/// <param name="Copies">Indices of equal rows, the first being the one that is repeated.</param>
/// <param name="Trunk">The same, where one of the runs goes on beyond all that they share.</param>
internal sealed record CopiedRows(IReadOnlyList<IReadOnlyList<int>> Copies, IReadOnlyList<IReadOnlyList<int>> Trunk)
{
    public static CopiedRows Find(IReadOnlyList<Observation> points)
    {
        List<List<int>> equal =
        [
            .. points
                .Select((o, i) => (Point: o, Index: i))
                .GroupBy(p => (p.Point.N, p.Point.D, p.Point.C, p.Point.X, p.Point.Y))
                .Select(g => g.Where(p => p.Point.Others.AsSpan().SequenceEqual(g.First().Point.Others)))
                .Select(g => g.Select(p => p.Index).ToList())
                .Where(g => g.Select(i => points[i].Cluster).Distinct().Count() > 1),
        ];
        if (equal.Count == 0)
            return new([], []);
        var ends = points.GroupBy(o => o.Cluster).ToDictionary(g => g.Key, g => g.Max(Position));
        IEnumerable<(int, int)> Pairs(List<int> rows) =>
            rows.Select(i => points[i].Cluster)
                .Distinct()
                .Where(c => c != points[rows[0]].Cluster)
                .Select(c => (points[rows[0]].Cluster, c));
        var shared = equal
            .SelectMany(rows => Pairs(rows).Select(pair => (Pair: pair, At: Position(points[rows[0]]))))
            .GroupBy(p => p.Pair)
            .ToDictionary(g => g.Key, g => g.Max(p => p.At));
        var kinds = equal.ToLookup(rows =>
            Pairs(rows).All(pair => Math.Max(ends[pair.Item1], ends[pair.Item2]) > shared[pair])
        );
        return new([.. kinds[false]], [.. kinds[true]]);
    }

    /// <summary>How far along its run a row is.</summary>
    private static double Position(Observation o) =>
        o.D > 0 ? o.D
        : o.C > 0 ? o.C
        : o.X;
}
