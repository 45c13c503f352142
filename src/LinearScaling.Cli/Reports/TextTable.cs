using System.Text;

namespace LinearScaling.Cli.Reports;

/// <summary>A table as aligned text: the same on a terminal, in a pipe and in a log.</summary>
internal sealed class TextTable(params string[] headers)
{
    private readonly List<string[]> rows = [];

    public IReadOnlyList<string> Headers => headers;

    public IReadOnlyList<IReadOnlyList<string>> Rows => rows;

    public void Add(params string[] cells) => rows.Add(cells);

    /// <summary>First column to the left, the others to the right.</summary>
    public override string ToString()
    {
        var widths = headers
            .Select((h, i) => Math.Max(h.Length, rows.Count == 0 ? 0 : rows.Max(r => r[i].Length)))
            .ToArray();
        var text = new StringBuilder();
        void Line(IReadOnlyList<string> cells) =>
            text.AppendLine(
                string.Join("  ", cells.Select((c, i) => i == 0 ? c.PadRight(widths[i]) : c.PadLeft(widths[i])))
                    .TrimEnd()
            );
        Line(headers);
        Line([.. widths.Select(w => new string('-', w))]);
        rows.ForEach(Line);
        return text.ToString();
    }
}
