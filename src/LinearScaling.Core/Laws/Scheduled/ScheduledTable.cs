using LinearScaling.Laws.Forms;
using LinearScaling.Laws.Points;

namespace LinearScaling.Laws.Scheduled;

/// <summary>A table of whole curves: a row is a step of a run, with its learning rate and, where it was measured, the
/// metric.</summary>
public static class ScheduledTable
{
    private static readonly string[] Roles = ["run", "group", "step", "D", "lr", "L"];

    /// <param name="columns">By role: L (empty where it was not measured), lr, step or D, run, group.</param>
    /// <param name="where">Conditions a row must meet.</param>
    /// <param name="burnIn">First part of each run that is left out, as a fraction of its steps.</param>
    /// <exception cref="LinearScalingException">A column is missing, or is one that no law of schedules
    /// reads.</exception>
    public static ScheduledData Read(
        string path,
        IReadOnlyDictionary<string, TableColumn> columns,
        IReadOnlyList<string> where,
        LawForm form,
        double burnIn
    )
    {
        var at = Position(columns, form);
        var table = PointTable.Read(path);
        var scaled = columns.ToDictionary(c => c.Key, c => c.Value.In(table));
        var leftOut = new List<LeftOut>();
        var rows = Enumerable.Range(0, table.Rows).ToList();
        void Keep(Func<int, bool> test, string why)
        {
            if (rows.RemoveAll(r => !test(r)) is > 0 and var removed)
                leftOut.Add(new("table", removed, why));
        }
        foreach (var condition in where)
            Keep(RowCondition.Parse(table, condition), $"does not meet {condition}");
        double Number(string role, int row) => scaled[role].Scale(table.Number(row, scaled[role].Name));
        string Text(string role, int row, string otherwise) =>
            scaled.TryGetValue(role, out var column) ? table.Text(row, column.Name).Trim() : otherwise;
        Keep(r => Number(at, r) is >= 0 and < double.PositiveInfinity, $"no number, at least 0, in the column of {at}");
        Keep(r => Number("lr", r) is >= 0 and < double.PositiveInfinity, "no number, at least 0, in the column of lr");
        var name = Path.GetFileNameWithoutExtension(path);
        var curves = new List<ScheduledCurve>();
        foreach (var run in rows.GroupBy(r => (Group: Text("group", r, name), Run: Text("run", r, name))))
        {
            var what = $"run {run.Key.Run}";
            var steps = run.GroupBy(r => Number(at, r)).OrderBy(s => s.Key).Select(s => s.Last()).ToList();
            if (run.Count() - steps.Count is > 0 and var again)
                leftOut.Add(new(what, again, $"another row of the run has the same {at}"));
            if (steps.Count < 2 || steps.TrueForAll(r => Number("lr", r) == 0))
            {
                leftOut.Add(new(what, steps.Count, "fewer than two steps with a learning rate"));
                continue;
            }
            var rates = new LearningRates(steps.Select(r => (Number(at, r), Number("lr", r))));
            var values = steps
                .Where(r => !double.IsNaN(Number("L", r)))
                .Select(r => new StepValue(Number(at, r), Number("L", r)))
                .ToList();
            var points =
                values.Count == 0 ? [] : ScheduledData.Usable(what, columns["L"].Name, rates, values, burnIn, leftOut);
            if (points.Count > 0 || values.Count == 0)
                curves.Add(new(run.Key.Run, run.Key.Group, rates, points));
        }
        return curves.Exists(c => c.Points.Count > 0)
            ? new(at, curves, leftOut, [])
            : throw new LinearScalingException($"{path}: no run has two values of {columns["L"].Name} and its rates");
    }

    /// <summary>The role that says where a row is.</summary>
    private static string Position(IReadOnlyDictionary<string, TableColumn> columns, LawForm form)
    {
        if (columns.Keys.FirstOrDefault(c => !Roles.Contains(c)) is { } other)
            throw PointMistakes.NotOfSchedules(other, form.Name);
        if (columns.ContainsKey("step") && columns.ContainsKey("D"))
            throw PointMistakes.TwoPositions();
        var at = columns.ContainsKey("D") && form is not Annealing ? "D" : "step";
        foreach (var role in new[] { at, "lr", "L" })
            if (!columns.ContainsKey(role))
                throw PointMistakes.NotNamed(role);
        return at;
    }
}
