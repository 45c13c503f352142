namespace LinearScaling.Laws.Points;

/// <summary>What can be wrong with the points of a fit, in words a user can act on.</summary>
internal static class PointMistakes
{
    public static LinearScalingException OtherType(string path, string column, string type) =>
        new($"{path}: column '{column}' holds {type}; expected text or numbers");

    public static LinearScalingException OtherExtension(string path, string extension) =>
        new($"{path}: a table ends in .csv, .jsonl or .parquet, not '{extension}'");

    public static LinearScalingException NotANumber(string path, int row, string column, string text) =>
        new($"{path}: row {row + 1}, column '{column}': expected a number, got '{text}'");

    public static LinearScalingException OtherCells(string path, int row, int cells, int header) =>
        new($"{path}: row {row} has {cells} cells, the header {header}");

    public static LinearScalingException NoCurve(string root, string metric) =>
        new($"{root}: no run has two points of {metric} past its burn-in; train longer, or lower --burn-in");

    public static LinearScalingException SeveralTasks(string metric, IEnumerable<string> tasks) =>
        new(
            $"--metric {metric}: several tasks have it; choose one of: "
                + $"{string.Join(", ", tasks.Order(StringComparer.Ordinal).Select(t => $"{t}/{metric}"))}"
        );

    public static LinearScalingException NotARole(IEnumerable<string> roles, string part) =>
        new($"--columns: expected ROLE=COLUMN with a role of {string.Join(", ", roles)}, got '{part}'");

    public static LinearScalingException NoRule(string convention, string missing) =>
        new(
            $"--convention {convention}: {missing} follows from the other two only under 6nd; name its column, "
                + $"or choose --convention 6nd"
        );

    public static LinearScalingException NotACondition(string condition) =>
        new($"--where {condition}: expected COLUMN, one of = != < <= > >=, and a value");
}
