using System.Net;
using System.Text;

namespace LinearScaling.Cli.Reports;

/// <summary>One self-contained HTML page: plots inline as SVG, no script, nothing fetched from anywhere.</summary>
internal sealed class HtmlReport(string title)
{
    private readonly StringBuilder body = new();

    public void Heading(string text) => body.AppendLine($"<h2>{Encode(text)}</h2>");

    public void Paragraph(string text) => body.AppendLine($"<p>{Encode(text)}</p>");

    public void Code(string text) => body.AppendLine($"<pre>{Encode(text)}</pre>");

    public void List(IEnumerable<string> items, string style = "")
    {
        var lines = items.ToList();
        if (lines.Count > 0)
            body.AppendLine($"<ul class=\"{style}\">{string.Concat(lines.Select(i => $"<li>{Encode(i)}</li>"))}</ul>");
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

    public void Plot(Figure figure, string caption) =>
        body.AppendLine($"<figure>{SvgFigure.Render(figure)}<figcaption>{Encode(caption)}</figcaption></figure>");

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
              background: #fff; max-width: 920px; margin: 2rem auto; padding: 0 1rem; }
            h1 { font-size: 1.7rem; } h2 { font-size: 1.25rem; margin-top: 2.2rem; border-bottom: 1px solid #ddd; }
            table { border-collapse: collapse; font-size: .88rem; font-variant-numeric: tabular-nums; }
            th, td { padding: .25rem .7rem; text-align: right; border-bottom: 1px solid #e5e5e5; white-space: nowrap; }
            th:first-child, td:first-child { text-align: left; }
            .wide { overflow-x: auto; }
            figure { margin: 1.2rem 0; } figure svg { max-width: 100%; height: auto; }
            figcaption { font-size: .88rem; color: #555; }
            pre { background: #f5f5f5; padding: .7rem; overflow-x: auto; } .caution li { color: #8a3b00; }
            </style>
            </head>
            <body>
            <h1>{{Encode(title)}}</h1>
            {{body}}
            </body>
            </html>

            """;

    private static string Encode(string text) => WebUtility.HtmlEncode(text);
}
