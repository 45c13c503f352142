using System.Globalization;
using LinearScaling.Configuration;

namespace LinearScaling.Laws.Points;

/// <summary>What can be wrong with the points of a fit, in words a user can act on.</summary>
internal static class PointMistakes
{
    public static LinearScalingException OtherType(string path, string column, string type) =>
        new($"{path}: column '{column}' holds {type}; expected text, numbers, booleans or times");

    public static LinearScalingException TooManyRows(string path, long rows) =>
        new($"{path}: holds {rows} rows; at most {int.MaxValue} are read");

    public static LinearScalingException ScaledText(string role, string column) =>
        new($"--columns: {role} is a name, not a number: it cannot be {column}; name the column alone");

    public static LinearScalingException TwoWeights() =>
        new("--columns: weight and SE both say how much a row counts; name one of them");

    public static LinearScalingException NotAKey(string role, IEnumerable<string> known) =>
        new(
            $"--best-per: rows are equal in roles that --columns names or that follow from them: "
                + NearestNames.Unknown("role", role, known)
        );

    public static LinearScalingException SeveralSizes(string group, string run, Observation a, Observation b) =>
        new(
            $"{group}: run {run} has N = {a.N:G6} and N = {b.N:G6}: a run has one size; name the column that tells "
                + "runs apart with --columns run=COLUMN"
        );

    public static LinearScalingException NoTableCurves(string path) =>
        new(
            $"{path}: no run has two points at different compute past its burn-in; approach 1 needs whole curves: name "
                + "run, N, L and C or D in --columns, or lower --burn-in"
        );

    public static LinearScalingException OtherExtension(string path, string extension) =>
        new($"{path}: a table ends in .csv, .tsv, .jsonl (also .gz, .zst) or .parquet, not '{extension}'");

    public static LinearScalingException NotANumber(string place, string column, string text) =>
        new(
            $"{place}, column '{column}': expected a number, got '{text}'"
                + (
                    double.TryParse(text.Replace(',', '.'), NumberStyles.Float, CultureInfo.InvariantCulture, out _)
                        ? "; write decimals with a point, not a comma"
                        : ""
                )
        );

    public static LinearScalingException TwoColumns(string path, string column, int count) =>
        new($"{path}: {count} columns are called '{column}'; give each a name of its own");

    public static LinearScalingException TwoKeys(string place, string column) =>
        new($"{place}: has '{column}' both as a key and as a path of keys; rename one of them");

    public static LinearScalingException TwoParquetColumns(string path, string column) =>
        new($"{path}: '{column}' is both a column and a path of columns; rename one of them");

    public static LinearScalingException OtherCells(string path, int line, int cells, int header) =>
        new($"{path}: line {line} has {cells} cells, the header {header}");

    public static LinearScalingException NoCurve(string root, string metric) =>
        new($"{root}: no run has two points of {metric} past its burn-in; train longer, or lower --burn-in");

    public static LinearScalingException NeverTogether(string root, string metric, string loss) =>
        new(
            $"--metric {metric} --via {loss}: no checkpoint at {root} has both; evaluate them with: "
                + $"lcs eval --checkpoints {root}"
        );

    public static LinearScalingException SeveralTasks(string metric, IEnumerable<string> tasks) =>
        new(
            $"--metric {metric}: several tasks have it; choose one of: "
                + $"{string.Join(", ", tasks.Order(StringComparer.Ordinal).Select(t => $"{t}/{metric}"))}"
        );

    public static LinearScalingException NotARole(IEnumerable<string> roles, string part) =>
        new($"--columns: expected ROLE=COLUMN with a role of {string.Join(", ", roles)}, got '{part}'");

    public static LinearScalingException NotNamed(string role) =>
        new($"--columns: {role} is missing: the form reads it; name its column, as {role}=COLUMN");

    public static LinearScalingException NotOfSchedules(string role, string form) =>
        new($"--columns: {role}: {form} reads run, group, step (or D), lr and L; leave it out");

    public static LinearScalingException TwoPositions() =>
        new("--columns: step and D both say how far a run is; name one of them");

    public static LinearScalingException NoRule(string convention, string missing) =>
        new(
            $"--convention {convention}: {missing} follows from the other two only under 6nd; name its column, "
                + $"or choose --convention 6nd"
        );

    public static LinearScalingException NotACondition(string condition) =>
        new($"--where {condition}: expected COLUMN, one of = != < <= > >=, and a value");
}
