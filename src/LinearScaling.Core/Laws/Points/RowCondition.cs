namespace LinearScaling.Laws.Points;

/// <summary>A condition on a row of a table: a column, one of = != &lt; &lt;= &gt; &gt;=, and a value. Numbers are
/// compared as numbers where both sides are, whatever text stands for them; other text without its margins.</summary>
internal static class RowCondition
{
    /// <param name="condition">As <c>dataset=rpj</c> or <c>Training FLOP&lt;1e21</c>; the column may stand in
    /// quotes.</param>
    /// <returns>Whether a row meets it.</returns>
    public static Func<int, bool> Parse(PointTable table, string condition)
    {
        var start = condition.StartsWith('"') ? EndOfQuotes(condition) : 0;
        var at = condition.IndexOfAny(['<', '>', '=', '!'], start);
        var length = at >= 0 && at + 1 < condition.Length && condition[at + 1] == '=' ? 2 : 1;
        if (at <= 0 || condition[at..(at + length)] is var symbol && symbol is "!" or "==")
            throw PointMistakes.NotACondition(condition);
        var (column, sign, text) = (
            TableColumn.Unquoted(condition[..at].Trim()),
            condition[at..(at + length)],
            condition[(at + length)..].Trim()
        );
        table.Require(column);
        var isNumber = PointTable.TryNumber(text, out var limit);
        if (sign is "=" or "!=")
            return row => IsEqual(table.Text(row, column).Trim()) == (sign == "=");
        if (!isNumber)
            throw new LinearScalingException($"--where {condition}: expected a number after {sign}, got '{text}'");
        return row =>
            table.Number(row, column) is var v
            && sign switch
            {
                "<" => v < limit,
                "<=" => v <= limit,
                ">" => v > limit,
                _ => v >= limit,
            };

        // Python writes True where JSON and Parquet have true.
        bool IsEqual(string cell) =>
            cell == text
            || (isNumber && PointTable.TryNumber(cell, out var value) && value.Equals(limit))
            || (bool.TryParse(cell, out var yes) && bool.TryParse(text, out var wanted) && yes == wanted);
    }

    private static int EndOfQuotes(string condition)
    {
        var end = 1;
        while (end < condition.Length && (condition[end] != '"' || condition[(end + 1)..].StartsWith('"')))
            end += condition[end] == '"' ? 2 : 1;
        return Math.Min(end + 1, condition.Length);
    }
}
