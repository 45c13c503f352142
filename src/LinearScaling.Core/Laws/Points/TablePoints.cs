using System.Globalization;
using LinearScaling.Laws.Forms;

namespace LinearScaling.Laws.Points;

/// <summary>Points to fit, by group, with what was left out.</summary>
/// <param name="Hash">Fingerprint of every number that enters the fits.</param>
public sealed record PointSet(
    IReadOnlyList<(string Name, IReadOnlyList<Observation> Points)> Groups,
    IReadOnlyList<LeftOut> LeftOut,
    string Hash
)
{
    /// <summary>The points that a form can be fitted to: one that takes the logarithm of x needs a positive
    /// x.</summary>
    public PointSet For(LawForm form)
    {
        if (!form.OfX || !form.TakesLogOfX)
            return this;
        List<LeftOut> leftOut =
        [
            .. Groups
                .Select(g => new LeftOut(
                    g.Name,
                    g.Points.Count(o => o.X <= 0),
                    $"x is not positive, and {form.Name} takes its logarithm"
                ))
                .Where(l => l.Points > 0),
        ];
        return this with
        {
            Groups =
            [
                .. Groups.Select(g => (g.Name, (IReadOnlyList<Observation>)[.. g.Points.Where(o => !(o.X <= 0))])),
            ],
            LeftOut = [.. LeftOut, .. leftOut],
        };
    }
}

/// <summary>How a table's columns become points.</summary>
/// <param name="Columns">From N, D, C, L (the metric), X, run, group, SE (standard error of ln of the metric) and via
/// (the loss that metrics follow from) to column names.</param>
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
    private static readonly string[] Roles = ["N", "D", "C", "L", "X", "run", "group", "SE", "via"];

    /// <summary>Further columns that a form reads, in the order of <see cref="Observation.Others"/>.</summary>
    public IReadOnlyList<string> Others { get; init; } = [];

    /// <summary>Reads <c>N=Model Size,C=Training FLOP,L=loss</c>; a name may stand in quotes.</summary>
    /// <param name="form">Its further columns are roles too; one of any columns takes any name.</param>
    public static IReadOnlyDictionary<string, string> ParseColumns(string text, LawForm? form = null)
    {
        string[] roles = [.. Roles, .. form?.Columns ?? []];
        var columns = new OrderedDictionary<string, string>();
        foreach (var part in Parts(text))
        {
            var sides = part.Split('=', 2);
            var column = sides.Length == 2 ? Unquoted(sides[1].Trim()) : "";
            var known = roles.Contains(sides[0].Trim()) || (form is ColumnForm && IsName(sides[0].Trim()));
            if (column.Length == 0 || !known)
                throw PointMistakes.NotARole(roles, part);
            if (!columns.TryAdd(sides[0].Trim(), column))
                throw new LinearScalingException($"--columns: {sides[0].Trim()} is named twice");
        }
        return columns;
    }

    /// <summary>What a form of any columns is of: N, D, C, X and all that is no role, in the order in which they are
    /// named.</summary>
    public static IReadOnlyList<string> Quantities(IReadOnlyDictionary<string, string> columns) =>
        [.. columns.Keys.Where(c => c is "N" or "D" or "C" or "X" || !Roles.Contains(c))];

    private static bool IsName(string text) =>
        text.Length > 0 && char.IsAsciiLetter(text[0]) && text.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');

    /// <summary>What stands between the commas that are not in quotes.</summary>
    private static IEnumerable<string> Parts(string text)
    {
        var (start, quoted) = (0, false);
        for (var i = 0; i < text.Length; i++)
            if (text[i] == '"')
                quoted = !quoted;
            else if (text[i] == ',' && !quoted)
            {
                yield return text[start..i];
                start = i + 1;
            }
        yield return text[start..];
    }

    private static string Unquoted(string name) =>
        name is ['"', .., '"'] ? name[1..^1].Replace("\"\"", "\"", StringComparison.Ordinal) : name;

    public PointSet Read()
    {
        var table = PointTable.Read(Path);
        if (!Columns.ContainsKey("L"))
            throw new LinearScalingException("--columns: L is missing: name the column of the metric, as L=loss");
        foreach (var other in Others.Where(o => !Columns.ContainsKey(o)))
            throw PointMistakes.NotNamed(other);
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
        Keep(points, leftOut, p => double.IsFinite(p.Point.Y), "no finite number in the metric's column");
        Keep(
            points,
            leftOut,
            p => double.IsFinite(p.Point.Weight) && p.Point.Weight > 0,
            "no positive, finite standard error in the column of SE"
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
            p => Array.TrueForAll(p.Point.Others, v => v > 0 && double.IsFinite(v)),
            $"no positive, finite number in a column of {string.Join(", ", Others)}"
        );
        if (DropWorst > 0)
        {
            var before = points.Count;
            var worst = Enumerable
                .Range(0, before)
                .OrderByDescending(i => points[i].Point.Y)
                .Take(DropWorst)
                .ToHashSet();
            points = [.. points.Where((_, i) => !worst.Contains(i))];
            leftOut.Add(
                new(
                    "table",
                    before - points.Count,
                    string.Create(CultureInfo.InvariantCulture, $"the {DropWorst} highest values of the metric")
                )
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
                points.SelectMany(p =>
                    new[] { p.Point.N, p.Point.D, p.Point.C, p.Point.X, p.Point.Y, p.Point.Weight }.Concat(
                        p.Point.Others
                    )
                )
            )
        );
    }

    private bool Needed(Observation o) =>
        (!Columns.ContainsKey("N") || (o.N > 0 && double.IsFinite(o.N)))
        && (!Columns.ContainsKey("D") || (o.D > 0 && double.IsFinite(o.D)))
        && (!Columns.ContainsKey("C") || (o.C > 0 && double.IsFinite(o.C)))
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
            !Columns.ContainsKey("SE") ? 1
                : error > 0 ? 1 / (error * error)
                : double.NaN,
            cluster
        )
        {
            Others = [.. Others.Select(Value)],
        };
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
        var isNumber = PointTable.TryNumber(text, out var limit);
        if (sign is "=" or "!=")
            return r =>
                (
                    table.Text(r, column).Trim() is var cell
                    && (cell == text || (isNumber && PointTable.TryNumber(cell, out var value) && value == limit))
                ) == (sign == "=");
        if (!isNumber)
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
