using System.Globalization;

namespace LinearScaling.Laws.Points;

/// <summary>Points to fit, by group, with what was left out.</summary>
/// <param name="Hash">Fingerprint of every number that enters the fits.</param>
public sealed record PointSet(
    IReadOnlyList<(string Name, IReadOnlyList<Observation> Points)> Groups,
    IReadOnlyList<LeftOut> LeftOut,
    string Hash
);

/// <summary>How a table's columns become points.</summary>
/// <param name="Columns">From N, D, C, L (the metric), X, run, group and SE (standard error of ln of the metric) to
/// column names.</param>
/// <param name="Convention">How C follows from N and D, or the reverse, where one of them is missing: only <c>6nd</c>
/// can tell.</param>
/// <param name="DropWorst">So many points with the highest metric are left out.</param>
/// <param name="Where">Conditions a row must meet, as <c>dataset=rpj</c> or <c>Training FLOP&lt;1e21</c>.</param>
public sealed record TablePoints(
    string Path,
    IReadOnlyDictionary<string, string> Columns,
    string Convention,
    int DropWorst,
    IReadOnlyList<string> Where
)
{
    private static readonly string[] Roles = ["N", "D", "C", "L", "X", "run", "group", "SE"];

    /// <summary>Reads <c>N=Model Size,C=Training FLOP,L=loss</c>.</summary>
    public static IReadOnlyDictionary<string, string> ParseColumns(string text)
    {
        var columns = new Dictionary<string, string>();
        foreach (var part in text.Split(','))
        {
            var sides = part.Split('=', 2);
            if (sides.Length != 2 || sides[1].Trim().Length == 0 || !Roles.Contains(sides[0].Trim()))
                throw PointMistakes.NotARole(Roles, part);
            columns[sides[0].Trim()] = sides[1].Trim();
        }
        return columns;
    }

    public PointSet Read()
    {
        var table = PointTable.Read(Path);
        if (!Columns.ContainsKey("L"))
            throw new LinearScalingException("--columns: L is missing: name the column of the metric, as L=loss");
        foreach (var column in Columns.Values)
            table.Require(column);
        var leftOut = new List<LeftOut>();
        var rows = Enumerable.Range(0, table.Rows).ToList();
        foreach (var condition in Where)
        {
            var test = Condition(table, condition);
            Keep(rows, leftOut, test, $"does not meet {condition}");
        }
        var runs = new Dictionary<string, int>();
        var points = rows.ConvertAll(r =>
            (
                Group: Columns.TryGetValue("group", out var group)
                    ? table.Text(r, group)
                    : System.IO.Path.GetFileNameWithoutExtension(Path),
                Point: Point(
                    table,
                    r,
                    Columns.TryGetValue("run", out var run)
                        ? runs.TryAdd(table.Text(r, run), runs.Count)
                            ? runs.Count - 1
                            : runs[table.Text(r, run)]
                        : r
                )
            )
        );
        Keep(
            points,
            leftOut,
            p => double.IsFinite(p.Point.Y) && double.IsFinite(p.Point.Weight),
            "no number in the metric's column"
        );
        Keep(points, leftOut, p => Needed(p.Point), "no positive number in a column of N, D, C or X");
        if (DropWorst > 0)
        {
            var worst = points.OrderByDescending(p => p.Point.Y).Take(DropWorst).Select(p => p.Point).ToHashSet();
            Keep(
                points,
                leftOut,
                p => !worst.Contains(p.Point),
                string.Create(CultureInfo.InvariantCulture, $"the {DropWorst} highest values of the metric")
            );
        }
        if (points.Count == 0)
            throw new LinearScalingException($"{Path}: no row is left to fit");
        return new(
            [
                .. points
                    .GroupBy(p => p.Group)
                    .Select(g => (g.Key, (IReadOnlyList<Observation>)[.. g.Select(p => p.Point)])),
            ],
            leftOut,
            DataFingerprint.Compute(
                points.SelectMany(p => new[] { p.Point.N, p.Point.D, p.Point.C, p.Point.X, p.Point.Y, p.Point.Weight })
            )
        );
    }

    private bool Needed(Observation o) =>
        (!Columns.ContainsKey("N") || o.N > 0)
        && (!Columns.ContainsKey("D") || o.D > 0)
        && (!Columns.ContainsKey("C") || o.C > 0)
        && (!Columns.ContainsKey("X") || double.IsFinite(o.X));

    private Observation Point(PointTable table, int row, int cluster)
    {
        double Value(string role) => Columns.TryGetValue(role, out var column) ? table.Number(row, column) : double.NaN;
        var (n, d, c) = (Value("N"), Value("D"), Value("C"));
        if (double.IsNaN(d) && double.IsFinite(n) && double.IsFinite(c))
            d = c / (SixNd("D") * n);
        else if (double.IsNaN(c) && double.IsFinite(n) && double.IsFinite(d))
            c = SixNd("C") * n * d;
        else if (double.IsNaN(n) && double.IsFinite(c) && double.IsFinite(d))
            n = c / (SixNd("N") * d);
        var x = Columns.ContainsKey("X") ? Value("X") : c;
        var error = Value("SE");
        return new(
            n,
            d,
            c,
            x,
            Columns.ContainsKey("X") ? x : Math.Log(c),
            Value("L"),
            double.IsNaN(error) && !Columns.ContainsKey("SE") ? 1 : 1 / (error * error),
            cluster
        );
    }

    private double SixNd(string missing) => Convention == "6nd" ? 6 : throw PointMistakes.NoRule(Convention, missing);

    private static Func<int, bool> Condition(PointTable table, string condition)
    {
        var at = condition.IndexOfAny(['<', '>', '=', '!']);
        var length = at >= 0 && at + 1 < condition.Length && condition[at + 1] == '=' ? 2 : 1;
        if (at <= 0 || condition[at..(at + length)] is var symbol && symbol is "!" or "==")
            throw PointMistakes.NotACondition(condition);
        var (column, sign, text) = (
            condition[..at].Trim(),
            condition[at..(at + length)],
            condition[(at + length)..].Trim()
        );
        table.Require(column);
        if (sign is "=" or "!=")
            return r => (table.Text(r, column) == text) == (sign == "=");
        if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var limit))
            throw new LinearScalingException($"--where {condition}: expected a number after {sign}, got '{text}'");
        return r =>
            table.Number(r, column) is var v
            && sign switch
            {
                "<" => v < limit,
                "<=" => v <= limit,
                ">" => v > limit,
                _ => v >= limit,
            };
    }

    private static void Keep<T>(List<T> rows, List<LeftOut> leftOut, Func<T, bool> test, string why)
    {
        if (rows.RemoveAll(r => !test(r)) is > 0 and var removed)
            leftOut.Add(new("table", removed, why));
    }
}
