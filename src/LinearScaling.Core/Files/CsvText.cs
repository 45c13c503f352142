using System.Text;

namespace LinearScaling.Files;

/// <summary>A row of separated text.</summary>
/// <param name="Line">The file's line that it begins on, from 1.</param>
internal sealed record CsvRow(int Line, string[] Cells);

/// <summary>Separated text as RFC 4180 has it: a cell that begins with a quote may hold separators, line ends and
/// doubled quotes. Lines end with LF, CR LF or CR; blank lines are passed over, and lines that begin with # above the
/// header.</summary>
internal static class CsvText
{
    private static readonly char[] Separators = [',', ';', '\t'];

    /// <summary>The separator of the header: a comma, or where it has none, a semicolon or a tab.</summary>
    public static char Separator(string text)
    {
        using var lines = new StringReader(text);
        while (lines.ReadLine() is { } line)
            if (!string.IsNullOrWhiteSpace(line) && line[0] != '#')
                return Separators.FirstOrDefault(s => Cells(line, s).Length > 1, ',');
        return ',';
    }

    /// <summary>The cells of one line.</summary>
    public static string[] Cells(string line, char separator) => Rows(line, separator).FirstOrDefault()?.Cells ?? [];

    public static IEnumerable<CsvRow> Rows(string text, char separator)
    {
        var cells = new List<string>();
        var cell = new StringBuilder();
        var (line, first, quoted, wasQuoted, any) = (1, 1, false, false, false);
        for (var i = 0; i <= text.Length; i++)
        {
            var c = i < text.Length ? text[i] : '\n';
            if (quoted && i < text.Length)
            {
                if (c == '\n' || (c == '\r' && !(i + 1 < text.Length && text[i + 1] == '\n')))
                    line++;
                if (c != '"')
                    cell.Append(c);
                else if (i + 1 < text.Length && text[i + 1] == '"')
                    cell.Append(text[++i]);
                else
                    (quoted, wasQuoted) = (false, true);
            }
            else if (c == '"' && cell.Length == 0 && !wasQuoted)
                quoted = true;
            else if (c == separator)
            {
                cells.Add(cell.ToString());
                cell.Clear();
                wasQuoted = false;
            }
            else if (c is '\n' or '\r')
            {
                if (c == '\r' && i + 1 < text.Length && text[i + 1] == '\n')
                    i++;
                var blank = cells.Count == 0 && !wasQuoted && string.IsNullOrWhiteSpace(cell.ToString());
                cells.Add(cell.ToString());
                if (!blank && (any || wasQuoted || !cells[0].StartsWith('#')))
                {
                    yield return new(first, [.. cells]);
                    any = true;
                }
                cells.Clear();
                cell.Clear();
                (quoted, wasQuoted) = (false, false);
                first = ++line;
            }
            else
                cell.Append(c);
        }
    }
}
