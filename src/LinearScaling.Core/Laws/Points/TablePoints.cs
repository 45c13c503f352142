using System.Globalization;
using LinearScaling.Compute;
using LinearScaling.Laws.Forms;

namespace LinearScaling.Laws.Points;

/// <summary>How a table's columns become points.</summary>
/// <param name="Columns">By role: N, D, C, L (the metric), X, run, group, SE (standard error of ln of the metric),
/// weight (of the residual), budget (FLOPs that were planned), via (the loss that metrics follow
/// from), and what <see cref="Others"/> names.</param>
/// <param name="Convention">How C follows from N and D, or the reverse, where one of them is missing: only <c>6nd</c>
/// can tell.</param>
/// <param name="DropWorst">So many points with the highest metric are left out of each group.</param>
/// <param name="Where">Conditions a row must meet, as <c>dataset=rpj</c> or <c>Training FLOP&lt;1e21</c>.</param>
public sealed record TablePoints(
    string Path,
    IReadOnlyDictionary<string, TableColumn> Columns,
    string Convention,
    int DropWorst,
    IReadOnlyList<string> Where
)
{
    private static readonly string[] Roles = ["N", "D", "C", "L", "X", "run", "group", "SE", "weight", "budget", "via"];

    private static readonly string[] TextRoles = ["run", "group"];

    private static readonly string[] ScheduleRoles = ["step", "lr"];

    private static readonly string[] ComputeRoles = ["N", "D", "C"];

    private static readonly Dictionary<string, Func<Observation, double>> Keys = new()
    {
        ["N"] = o => o.N,
        ["D"] = o => o.D,
        ["C"] = o => o.C,
        ["X"] = o => o.X,
        ["budget"] = o => o.Budget,
        ["run"] = o => o.Cluster,
    };

    /// <summary>Of the rows of a group that are equal in these roles only the one with the lowest metric stays; none
    /// named: all stay.</summary>
    public IReadOnlyList<string> BestPer { get; init; } = [];

    /// <summary>Further roles that a form reads, in the order of <see cref="Observation.Others"/>.</summary>
    public IReadOnlyList<string> Others { get; init; } = [];

    /// <summary>Reads <c>N=Model Size (B)*1e9,C=Training FLOP,L=loss</c>; a name may stand in quotes.</summary>
    /// <param name="form">Its further columns are roles too; one of any columns takes any name.</param>
    public static IReadOnlyDictionary<string, TableColumn> ParseColumns(string text, LawForm? form = null)
    {
        string[] roles = [.. Roles, .. form?.Columns ?? [], .. form is { OfSchedule: true } ? ScheduleRoles : []];
        var columns = new OrderedDictionary<string, TableColumn>();
        foreach (var part in TableColumn.Parts(text))
        {
            var sides = part.Split('=', 2);
            var (role, column) = (sides[0].Trim(), new TableColumn(sides.Length == 2 ? sides[1].Trim() : ""));
            if (column.Name.Length == 0 || !(roles.Contains(role) || (form is ColumnForm && IsName(role))))
                throw PointMistakes.NotARole(roles, part);
            if (!columns.TryAdd(role, column))
                throw new LinearScalingException($"--columns: {role} is named twice");
        }
        return columns;
    }

    /// <summary>What a form of any columns is of: N, D, C, X and all that is no role, in the order in which they are
    /// named.</summary>
    public static IReadOnlyList<string> Quantities(IReadOnlyDictionary<string, TableColumn> columns) =>
        [.. columns.Keys.Where(c => c is "N" or "D" or "C" or "X" || !Roles.Contains(c))];

    private static bool IsName(string text) =>
        text.Length > 0 && char.IsAsciiLetter(text[0]) && text.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');

    public PointSet Read()
    {
        var table = PointTable.Read(Path);
        if (!Columns.ContainsKey("L"))
            throw new LinearScalingException("--columns: L is missing: name the column of the metric, as L=loss");
        if (Columns.ContainsKey("weight") && Columns.ContainsKey("SE"))
            throw PointMistakes.TwoWeights();
        if (Others.FirstOrDefault(o => !Columns.ContainsKey(o)) is { } missing)
            throw PointMistakes.NotNamed(missing);
        var columns = Columns.ToDictionary(c => c.Key, c => c.Value.In(table));
        foreach (var role in TextRoles.Where(r => columns.TryGetValue(r, out var column) && column.IsScaled))
            throw PointMistakes.ScaledText(role, Columns[role].Text);
        var leftOut = new List<LeftOut>();
        var rows = Enumerable.Range(0, table.Rows).ToList();
        foreach (var condition in Where)
            Keep(rows, leftOut, RowCondition.Parse(table, condition), $"does not meet {condition}");
        var runs = new Dictionary<string, int>();
        var points = rows.ConvertAll(r =>
            (Group: Text(table, columns, "group", r, GroupOfAll), Point: Point(table, columns, r, runs))
        );
        Keep(points, leftOut, p => double.IsFinite(p.Point.Y), "no finite number in the metric's column");
        Keep(
            points,
            leftOut,
            p => double.IsFinite(p.Point.Weight) && p.Point.Weight > 0,
            Columns.ContainsKey("SE")
                ? "no positive, finite standard error in the column of SE"
                : "no positive, finite number in the column of weight"
        );
        Keep(
            points,
            leftOut,
            p => Needed(p.Point),
            "no positive, finite number in a column of N, D or C, or none in X"
        );
        Keep(
            points,
            leftOut,
            p => double.IsNaN(p.Point.Budget) || (p.Point.Budget > 0 && double.IsFinite(p.Point.Budget)),
            "no positive, finite number in the column of budget"
        );
        Keep(
            points,
            leftOut,
            p => Array.TrueForAll(p.Point.Others, v => v > 0 && double.IsFinite(v)),
            $"no positive, finite number in a column of {string.Join(", ", Others)}"
        );
        if (points.Count == 0)
            throw new LinearScalingException($"{Path}: no row is left to fit");
        var groups = points
            .GroupBy(p => p.Group)
            .Select(g => (g.Key, Chosen(Named(g.Key), [.. g.Select(p => p.Point)], leftOut)))
            .Where(g => g.Item2.Count > 0)
            .ToList();
        return groups.Count == 0
            ? throw new LinearScalingException($"{Path}: no row is left to fit")
            : Checked(groups, leftOut);
    }

    private string GroupOfAll => System.IO.Path.GetFileNameWithoutExtension(Path);

    /// <summary>What a group is called in the list of what is left out.</summary>
    private string Named(string group) => Columns.ContainsKey("group") ? group : "table";

    private PointSet Checked(
        List<(string Name, IReadOnlyList<Observation> Points)> groups,
        IReadOnlyList<LeftOut> leftOut
    )
    {
        var points = groups.SelectMany(g => g.Points).ToList();
        string? derived =
            !Columns.ContainsKey("C") || (Columns.ContainsKey("N") && Columns.ContainsKey("D")) ? null
            : Columns.ContainsKey("N") ? "D"
            : Columns.ContainsKey("D") ? "N"
            : null;
        return new(
            groups,
            leftOut,
            DataFingerprint.Compute(
                points.SelectMany(p =>
                    (double[])
                        [
                            p.N,
                            p.D,
                            p.C,
                            p.X,
                            p.Y,
                            p.Weight,
                            .. double.IsNaN(p.Budget) ? [] : new[] { p.Budget },
                            .. p.Others,
                        ]
                )
            )
        )
        {
            Convention = Columns.TryGetValue("C", out var c) ? ComputeOrigin.Column(c.Name, derived) : Convention,
            Notes = TableChecks.AgainstSixNd(points, Columns) is { } note ? [note] : [],
            Cautions = [.. groups.SelectMany(g => TableChecks.Check(g.Points, Columns).Select(c => (g.Name, c)))],
        };
    }

    /// <summary>What stays of a group's points.</summary>
    private IReadOnlyList<Observation> Chosen(string group, IReadOnlyList<Observation> points, List<LeftOut> leftOut)
    {
        if (BestPer.Count > 0)
        {
            var best = BestRows.Lowest(points, [.. BestPer.Select(Key)]);
            if (best.Count < points.Count)
                leftOut.Add(
                    new(
                        group,
                        points.Count - best.Count,
                        $"another row of the same {string.Join(" and ", BestPer)} has a lower metric"
                    )
                );
            points = best;
        }
        if (DropWorst == 0)
            return points;
        var worst = Enumerable.Range(0, points.Count).OrderByDescending(i => points[i].Y).Take(DropWorst).ToHashSet();
        leftOut.Add(
            new(
                group,
                worst.Count,
                string.Create(CultureInfo.InvariantCulture, $"the {DropWorst} highest values of the metric")
            )
        );
        return [.. points.Where((_, i) => !worst.Contains(i))];
    }

    private Func<Observation, double> Key(string role)
    {
        if (Others.Index().FirstOrDefault(o => o.Item == role) is (var at, { } _))
            return o => o.Others[at];
        var follows = ComputeRoles.Contains(role) && ComputeRoles.Count(Columns.ContainsKey) == 2;
        return Keys.TryGetValue(role, out var key) && (follows || Columns.ContainsKey(role))
            ? key
            : throw PointMistakes.NotAKey(role, Keys.Keys.Where(Columns.ContainsKey).Concat(Others));
    }

    private bool Needed(Observation o) =>
        (!Columns.ContainsKey("N") || (o.N > 0 && double.IsFinite(o.N)))
        && (!Columns.ContainsKey("D") || (o.D > 0 && double.IsFinite(o.D)))
        && (!Columns.ContainsKey("C") || (o.C > 0 && double.IsFinite(o.C)))
        && (!Columns.ContainsKey("X") || double.IsFinite(o.X));

    /// <summary>A cell of a role of text, without its margins; where it is empty or the role is not named, another
    /// text.</summary>
    private static string Text(
        PointTable table,
        Dictionary<string, ScaledColumn> columns,
        string role,
        int row,
        string otherwise
    ) =>
        columns.TryGetValue(role, out var column) && table.Text(row, column.Name).Trim() is { Length: > 0 } text
            ? text
            : otherwise;

    private Observation Point(
        PointTable table,
        Dictionary<string, ScaledColumn> columns,
        int row,
        Dictionary<string, int> runs
    )
    {
        double Value(string role) =>
            columns.TryGetValue(role, out var column) ? column.Scale(table.Number(row, column.Name)) : double.NaN;
        var (n, d, c) = (Value("N"), Value("D"), Value("C"));
        if (double.IsNaN(d) && double.IsFinite(n) && double.IsFinite(c))
            d = c / (SixNd("D") * n);
        else if (double.IsNaN(c) && double.IsFinite(n) && double.IsFinite(d))
            c = SixNd("C") * n * d;
        else if (double.IsNaN(n) && double.IsFinite(c) && double.IsFinite(d))
            n = c / (SixNd("N") * d);
        var x = Columns.ContainsKey("X") ? Value("X") : c;
        var error = Value("SE");
        // A row without a run is one of its own.
        var label = Text(table, columns, "run", row, table.Label(row));
        runs.TryAdd(label, runs.Count);
        return new(
            n,
            d,
            c,
            x,
            Columns.ContainsKey("X") ? x : Math.Log(c),
            Value("L"),
            Columns.ContainsKey("weight") ? Value("weight")
                : !Columns.ContainsKey("SE") ? 1
                : error > 0 ? 1 / (error * error)
                : double.NaN,
            runs[label]
        )
        {
            Label = label,
            Budget = Value("budget"),
            Others = [.. Others.Select(Value)],
        };
    }

    private double SixNd(string missing) =>
        Convention == Flops.SixNd ? 6 : throw PointMistakes.NoRule(Convention, missing);

    private static void Keep<T>(List<T> rows, List<LeftOut> leftOut, Func<T, bool> test, string why)
    {
        if (rows.RemoveAll(r => !test(r)) is > 0 and var removed)
            leftOut.Add(new("table", removed, why));
    }
}
