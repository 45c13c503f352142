using System.Text;
using System.Text.RegularExpressions;

namespace LinearScaling.Cli.Reports;

/// <summary>A table for a paper: LaTeX with the package booktabs.</summary>
internal static partial class LatexTable
{
    public static string Write(TextTable table)
    {
        var text = new StringBuilder("% \\usepackage{booktabs}\n\\begin{tabular}{l")
            .Append('r', table.Headers.Count - 1)
            .Append("}\n\\toprule\n");
        void Line(IEnumerable<string> cells) => text.AppendJoin(" & ", cells.Select(Cell)).Append(" \\\\\n");
        Line(table.Headers);
        text.Append("\\midrule\n");
        foreach (var row in table.Rows)
            Line(row);
        return text.Append("\\bottomrule\n\\end{tabular}\n").ToString();
    }

    /// <summary>A cell: numbers and letters of the literature in mathematics, the rest as it is.</summary>
    private static string Cell(string text)
    {
        var cell = new StringBuilder();
        var at = 0;
        foreach (Match m in Mathematics().Matches(text))
        {
            cell.Append(Escaped(text[at..m.Index]));
            at = m.Index + m.Length;
            cell.Append(
                m.Groups["mantissa"].Success
                    ? $"${m.Groups["mantissa"].Value} \\times 10^{{{m.Groups["exponent"].Value}}}$"
                : m.Groups["power"].Success ? $"${m.Groups["base"].Value}^{{{m.Groups["power"].Value}}}$"
                : m.Groups["opt"].Success ? $"${m.Groups["opt"].Value}_\\mathrm{{opt}}$"
                : m.Groups["greek"].Success ? $"$\\{m.Value}$"
                : m.Value == "∞" ? "$\\infty$"
                : $"${m.Value}$"
            );
        }
        return cell.Append(Escaped(text[at..])).ToString();
    }

    private static string Escaped(string text) =>
        Special()
            .Replace(
                text,
                m =>
                    m.Value switch
                    {
                        "\\" => "\\textbackslash{}",
                        "~" => "\\textasciitilde{}",
                        "^" => "\\textasciicircum{}",
                        _ => "\\" + m.Value,
                    }
            );

    [GeneratedRegex(
        @"(?<![\w.])(?<mantissa>-?\d+(\.\d+)?)e[+]?(?<exponent>-?\d+)|(?<![\w.])-\d+(\.\d+)?"
            + @"|\b(?<base>[A-Z])\^(?<power>-?[\w.]+)|\b(?<opt>[ND])_opt\b|\b(?<greek>alpha|beta|gamma)\b|∞"
    )]
    private static partial Regex Mathematics();

    [GeneratedRegex(@"[&%$#_{}~^\\]")]
    private static partial Regex Special();
}
