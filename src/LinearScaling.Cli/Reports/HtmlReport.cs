using System.Net;
using System.Text;
using LinearScaling.Cli.Reports.Figures;

namespace LinearScaling.Cli.Reports;

/// <summary>One self-contained HTML page: plots inline as SVG, no script, nothing fetched from anywhere. Printed, it is
/// laid out for A4, without what is folded.</summary>
internal sealed class HtmlReport(string title)
{
    private readonly StringBuilder body = new();

    public void Heading(string text) => body.AppendLine($"<h2>{Encode(text)}</h2>");

    public void Paragraph(string text) => body.AppendLine($"<p>{Encode(text)}</p>");

    public void Code(string text) => body.AppendLine($"<pre>{Encode(text)}</pre>");

    /// <summary>What is unfolded on the screen alone.</summary>
    public void Folded(string summary, Action content, bool heading = false)
    {
        var shown = heading ? $"<h2>{Encode(summary)}</h2>" : Encode(summary);
        body.AppendLine($"<details class=\"screen\"><summary>{shown}</summary>");
        content();
        body.AppendLine("</details>");
    }

    /// <summary>A line a kind; several of one kind are counted and folded.</summary>
    public void Cautions(IReadOnlyList<NamedCaution> cautions)
    {
        body.AppendLine("<ul class=\"caution\">");
        foreach (var kind in cautions.GroupBy(c => c.Kind))
            body.AppendLine(
                kind.Count() == 1
                    ? $"<li><b>{Encode(kind.Key)}</b>: {Encode(kind.First().Line)}</li>"
                    : $"<li><details><summary><b>{Encode(kind.Key)}</b>: {kind.Count()}</summary><ul>"
                        + string.Concat(kind.Select(c => $"<li>{Encode(c.Line)}</li>"))
                        + "</ul></details></li>"
            );
        body.AppendLine("</ul>");
    }

    public void Table(TextTable table)
    {
        body.Append("<div class=\"wide\"><table><thead><tr>")
            .AppendJoin("", table.Headers.Select(h => $"<th>{Encode(h)}</th>"))
            .AppendLine("</tr></thead><tbody>");
        foreach (var row in table.Rows)
            body.Append("<tr>").AppendJoin("", row.Select(c => $"<td>{Encode(c)}</td>")).AppendLine("</tr>");
        body.AppendLine("</tbody></table></div>");
    }

    /// <summary>A plot as wide as the page.</summary>
    /// <param name="files">Where it lies beside the page.</param>
    public void Plot(Figure figure, string caption, IEnumerable<string> files) =>
        body.AppendLine(Drawn(figure, caption, files, small: false));

    /// <summary>Plots in two columns; those of many panels take both.</summary>
    public void Plots(IEnumerable<(Figure Figure, string Caption, IEnumerable<string> Files)> plots)
    {
        body.AppendLine("<div class=\"plots\">");
        foreach (var (figure, caption, files) in plots)
            body.AppendLine(Drawn(figure, caption, files, figure.Panels.Count <= 4));
        body.AppendLine("</div>");
    }

    public void Links(IEnumerable<string> files) =>
        body.AppendLine($"<ul>{string.Concat(files.Select(f => $"<li>{Link(f, f)}</li>"))}</ul>");

    public string Render() =>
        $$"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>{{Encode(title)}}</title>
            <style>
            body { font: 16px/1.5 Helvetica, Arial, "DejaVu Sans", sans-serif; color: #222;
              background: #fff; max-width: 1040px; margin: 2rem auto; padding: 0 1rem; }
            h1 { font-size: 1.7rem; } h2 { font-size: 1.25rem; margin-top: 2.2rem; border-bottom: 1px solid #ddd; }
            summary { cursor: pointer; } summary h2 { display: inline-block; margin: .6rem 0; border: 0; }
            table { border-collapse: collapse; font-size: .88rem; font-variant-numeric: tabular-nums; }
            th, td { padding: .25rem .7rem; text-align: right; border-bottom: 1px solid #e5e5e5; white-space: nowrap; }
            th:first-child, td:first-child { text-align: left; }
            .wide { overflow-x: auto; }
            figure { margin: 1.2rem 0; } figure svg { width: 100%; height: auto; }
            .plots { display: grid; grid-template-columns: 1fr 1fr; gap: 0 1.4rem; } .both { grid-column: span 2; }
            @media screen and (max-width: 760px) { .plots { display: block; } }
            figcaption { font-size: .88rem; color: #555; }
            pre { background: #f5f5f5; padding: .7rem; overflow-x: auto; } .caution > li { color: #8a3b00; }
            @page { size: A4; margin: 11mm; }
            @media print {
              body { font-size: 7.5pt; line-height: 1.3; max-width: none; margin: 0; padding: 0; }
              h1 { font-size: 13pt; margin: 0; } h2 { font-size: 9.5pt; margin: 2.2mm 0 .8mm; }
              p, ul, pre { margin: 1mm 0; } pre { padding: 1mm; white-space: pre-wrap; }
              table { font-size: 6.3pt; } th, td { padding: 0 1.1mm; white-space: normal; }
              h2, summary { break-after: avoid; } figure, table { break-inside: avoid; }
              figure { margin: 1mm 0; } figcaption { font-size: 6.3pt; }
              .first svg { height: 84mm; } .plots { gap: 0 4mm; }
              .screen, figcaption .files { display: none; }
            }
            </style>
            </head>
            <body>
            <h1>{{Encode(title)}}</h1>
            {{body}}
            </body>
            </html>

            """;

    private static string Drawn(Figure figure, string caption, IEnumerable<string> files, bool small)
    {
        var links = string.Join(", ", files.Select(f => Link(f, Path.GetExtension(f)[1..].ToUpperInvariant())));
        return $"<figure class=\"{(small ? "" : "first both")}\">{SvgFigure.Render(figure, small)}"
            + $"<figcaption>{Encode(caption)} <span class=\"files\">{links}</span></figcaption></figure>";
    }

    private static string Link(string file, string text) =>
        $"<a href=\"{Encode(Uri.EscapeDataString(file).Replace("%2F", "/", StringComparison.Ordinal))}\">"
        + $"{Encode(text)}</a>";

    private static string Encode(string text) => WebUtility.HtmlEncode(text);
}
