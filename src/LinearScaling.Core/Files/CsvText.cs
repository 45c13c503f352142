using System.Text;

namespace LinearScaling.Files;

/// <summary>Comma-separated text as RFC 4180 has it: quoted cells may hold commas, line ends and doubled
/// quotes.</summary>
internal static class CsvText
{
    public static IEnumerable<string[]> Rows(string text)
    {
        var cells = new List<string>();
        var cell = new StringBuilder();
        var quoted = false;
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (quoted)
            {
                if (c != '"')
                    cell.Append(c);
                else if (i + 1 < text.Length && text[i + 1] == '"')
                    cell.Append(text[++i]);
                else
                    quoted = false;
            }
            else if (c == '"')
                quoted = true;
            else if (c == ',')
            {
                cells.Add(cell.ToString());
                cell.Clear();
            }
            else if (c == '\n')
            {
                cells.Add(cell.ToString().TrimEnd('\r'));
                cell.Clear();
                if (cells.Count > 1 || cells[0].Length > 0)
                    yield return [.. cells];
                cells.Clear();
            }
            else
                cell.Append(c);
        }
        if (cell.Length > 0 || cells.Count > 0)
            yield return [.. cells, cell.ToString().TrimEnd('\r')];
    }
}
