using System.Globalization;
using LinearScaling.Laws.Points;

namespace LinearScaling.Laws.Observational;

/// <summary>How a table's columns become a <see cref="ScoreTable"/>.</summary>
/// <param name="Roles">From <c>model</c>, <c>family</c>, <c>C</c> (training FLOPs) and, where it is wanted,
/// <c>date</c> (of release) to columns.</param>
/// <param name="Benchmarks">Columns of scores, shares from 0 to 1; a column times or divided by a number, as
/// <c>MMLU/100</c>, may stand for C, a benchmark and the target.</param>
/// <param name="Target">The metric to predict; where it is a benchmark too, it is left out of those.</param>
/// <param name="Where">Conditions a row must meet, as <c>Model Family=OPT</c>.</param>
public sealed record ScoreColumns(
    IReadOnlyDictionary<string, TableColumn> Roles,
    IReadOnlyList<TableColumn> Benchmarks,
    TableColumn? Target,
    IReadOnlyList<string> Where
)
{
    private static readonly string[] Known = ["model", "family", "C", "date"];
    private static readonly string[] Needed = ["model", "family", "C"];

    /// <summary>Reads <c>model=Model,family="Model Family",C=FLOPs (1E21)*1e21</c>.</summary>
    public static IReadOnlyDictionary<string, TableColumn> ParseRoles(string text)
    {
        var roles = new Dictionary<string, TableColumn>();
        foreach (var part in TableColumn.Parts(text))
        {
            var sides = part.Split('=', 2);
            var (role, column) = (sides[0].Trim(), new TableColumn(sides.Length == 2 ? sides[1].Trim() : ""));
            if (column.Name.Length == 0 || !Known.Contains(role))
                throw PointMistakes.NotARole(Known, part);
            if (!roles.TryAdd(role, column))
                throw new LinearScalingException($"--columns: {role} is named twice");
        }
        return Needed.FirstOrDefault(r => !roles.ContainsKey(r)) is { } missing
            ? throw ObservationalMistakes.NoRole(missing)
            : roles;
    }

    /// <summary>Reads <c>MMLU,"ARC, challenge",GSM8K</c>.</summary>
    public static IReadOnlyList<TableColumn> ParseBenchmarks(string text) =>
        [.. TableColumn.Parts(text).Select(p => new TableColumn(p.Trim()))];

    public ScoreTable Read(string path)
    {
        var table = PointTable.Read(path);
        var roles = Roles.ToDictionary(r => r.Key, r => r.Value.In(table));
        if (roles.FirstOrDefault(r => r.Key != "C" && r.Value.IsScaled) is { Key: { } scaled })
            throw new LinearScalingException($"--columns: {scaled} is text and cannot be multiplied or divided");
        var target = Target?.In(table);
        var benchmarks = Benchmarks.Select(b => b.In(table)).Where(b => b.Name != target?.Name).ToList();
        if (benchmarks.GroupBy(b => b.Name).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new LinearScalingException($"--benchmarks: {twice.Key} is named twice");
        if (benchmarks.Count < 2)
            throw ObservationalMistakes.TooFewBenchmarks(target?.Name);

        var leftOut = new List<LeftOut>();
        var rows = Enumerable.Range(0, table.Rows).ToList();
        foreach (var condition in Where)
        {
            var holds = RowCondition.Parse(table, condition);
            if (rows.RemoveAll(r => !holds(r)) is > 0 and var others)
                leftOut.Add(new("table", others, $"does not meet {condition}"));
        }
        var models = rows.ConvertAll(r => Model(table, r, roles, benchmarks, target));
        if (models.RemoveAll(m => m.Scores.All(double.IsNaN)) is > 0 and var empty)
            leftOut.Add(new("table", empty, "no score in any of the benchmarks"));
        var read = new ScoreTable(
            benchmarks.ConvertAll(b => b.Name),
            target?.Name,
            models,
            leftOut,
            DataFingerprint.Compute(models.SelectMany(m => m.Scores.Append(m.Flops).Append(m.Target)))
        );
        if (models.Count <= benchmarks.Count)
            throw ObservationalMistakes.TooFewModels(path, models.Count, benchmarks.Count);
        ObservationalMistakes.RequireScores(read, [.. models.Select(_ => 1.0)], path);
        return read;
    }

    private static ScoredModel Model(
        PointTable table,
        int row,
        Dictionary<string, ScaledColumn> roles,
        IReadOnlyList<ScaledColumn> benchmarks,
        ScaledColumn? target
    )
    {
        var name = table.Text(row, roles["model"].Name).Trim();
        if (name.Length == 0)
            name = $"row {row + 1}";
        var family = table.Text(row, roles["family"].Name).Trim();
        double Number(ScaledColumn column) => column.Scale(table.Number(row, column.Name));
        var flops = Number(roles["C"]);
        if (!double.IsNaN(flops) && !(flops > 0 && double.IsFinite(flops)))
            throw ObservationalMistakes.NotFlops(table.Path, name, roles["C"].Name, flops);
        double Score(ScaledColumn column) =>
            Number(column) is var score && (double.IsNaN(score) || score is >= -1 and <= 1)
                ? score
                : throw ObservationalMistakes.NotAShare(table.Path, name, column.Name, score);
        return new(
            name,
            family.Length > 0 ? family : name,
            flops,
            roles.TryGetValue("date", out var date) ? Date(table, row, name, date.Name) : null,
            [.. benchmarks.Select(Score)],
            target is null ? double.NaN : Score(target)
        );
    }

    private static DateOnly? Date(PointTable table, int row, string model, string column)
    {
        var text = table.Text(row, column).Trim();
        if (text.Length == 0 || text.Equals("nan", StringComparison.OrdinalIgnoreCase))
            return null;
        string[] formats = ["yyyy-MM-dd", "yyyy-MM", "yyyy/MM/dd"];
        return DateOnly.TryParseExact(text, formats, CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)
                ? day
            : DateTime.TryParseExact(text, "O", CultureInfo.InvariantCulture, DateTimeStyles.None, out var moment)
                ? DateOnly.FromDateTime(moment)
            : throw ObservationalMistakes.NotADate($"{table.Path}: model '{model}', column '{column}'", text);
    }
}
