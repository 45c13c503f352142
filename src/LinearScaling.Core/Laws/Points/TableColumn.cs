using System.Globalization;

namespace LinearScaling.Laws.Points;

/// <summary>A column as a user names it: its name, or a number of it times or divided, as
/// <c>Model Size (B)*1e9</c>.</summary>
/// <param name="Text">As it was written; a name may stand in quotes.</param>
public sealed record TableColumn(string Text)
{
    /// <summary>The text as a reader wants it: without quotes where they hold all of it.</summary>
    public string Name => Unquoted(Text);

    /// <summary>What stands between the commas that are not in quotes.</summary>
    internal static IEnumerable<string> Parts(string text)
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

    internal static string Unquoted(string name) =>
        name is ['"', .., '"'] ? name[1..^1].Replace("\"\"", "\"", StringComparison.Ordinal) : name;

    /// <summary>The column of the table that has this very name; else, where the text ends in a number times or
    /// divided, the column before it.</summary>
    /// <exception cref="LinearScalingException">The table has no such column, or two.</exception>
    internal ScaledColumn In(PointTable table)
    {
        var at = Text is ['"', .., '"'] || table.Columns.Contains(Text) ? -1 : Text.LastIndexOfAny(['*', '/']);
        var column =
            at > 0
            && double.TryParse(Text.AsSpan(at + 1), NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            && number > 0
            && double.IsFinite(number)
                ? new ScaledColumn(Unquoted(Text[..at].Trim()), number, Text[at] == '/')
                : new ScaledColumn(Name, 1, false);
        table.Require(column.Name);
        return column;
    }
}

/// <summary>A column of a table and what each of its numbers is multiplied with or divided by.</summary>
internal sealed record ScaledColumn(string Name, double Number, bool Divides)
{
    public bool IsScaled => Number != 1;

    public double Scale(double value) => Divides ? value / Number : value * Number;
}
