namespace LinearScaling.Laws.Points;

/// <summary>Of points that are equal in what a law is a law of, the one with the lowest metric: tables with a row for
/// each learning rate or batch size.</summary>
internal static class BestRows
{
    /// <summary>Numbers that differ by less, relatively, are one number written in two ways.</summary>
    private const double SameNumber = 1e-9;

    /// <returns>The points that stay, in their order; of equal metrics the first.</returns>
    public static IReadOnlyList<Observation> Lowest(
        IReadOnlyList<Observation> points,
        IReadOnlyList<Func<Observation, double>> keys
    ) =>
        [
            .. Classes([.. Enumerable.Range(0, points.Count)], i => points[i], keys)
                .Select(rows => rows.OrderBy(i => points[i].Y).ThenBy(i => i).First())
                .Order()
                .Select(i => points[i]),
        ];

    private static IEnumerable<List<int>> Classes(
        List<int> rows,
        Func<int, Observation> point,
        IReadOnlyList<Func<Observation, double>> keys
    )
    {
        IEnumerable<List<int>> classes = [rows];
        foreach (var key in keys)
            classes = classes.SelectMany(c => Split(c, i => key(point(i)))).ToList();
        return classes;
    }

    private static IEnumerable<List<int>> Split(List<int> rows, Func<int, double> value)
    {
        var (open, last) = (new List<int>(), double.NaN);
        foreach (var i in rows.OrderBy(value))
        {
            var v = value(i);
            if (open.Count > 0 && !(v.Equals(last) || v - last <= SameNumber * Math.Abs(v)))
            {
                yield return open;
                open = [];
            }
            open.Add(i);
            last = v;
        }
        yield return open;
    }
}
