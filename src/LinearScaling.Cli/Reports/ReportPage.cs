using System.Globalization;
using LinearScaling.Laws.Points;

namespace LinearScaling.Cli.Reports;

/// <summary>What a fit was made from.</summary>
/// <param name="Runs">The runs as a table; null where a table was fitted.</param>
internal sealed record ReportData(
    string Source,
    string Hash,
    int Points,
    IReadOnlyList<LeftOut> LeftOut,
    TextTable? Runs
);

/// <summary>A report as a page: the picture, the laws, why not to trust them, then all else. It links every file beside
/// it.</summary>
internal static class ReportPage
{
    /// <param name="files">By path from the page: laws and others, without plots.</param>
    /// <param name="plotFiles">Where a plot of this name lies.</param>
    public static string Render(
        ILawReport report,
        FitOutput output,
        ReportData data,
        IReadOnlyList<string> files,
        Func<string, IEnumerable<string>> plotFiles
    )
    {
        var page = new HtmlReport(report.Title);
        var tables = report.Tables.Where(t => t.Table.Rows.Count > 0).ToList();
        if (report.Plots.Count > 0)
            page.Plot(report.Plots[0].Figure, report.Plots[0].Caption, plotFiles(report.Plots[0].Figure.Name));
        foreach (var (heading, table, _) in tables.Take(1))
        {
            page.Heading(heading);
            page.Table(table);
            page.Folded("the same for LaTeX", () => page.Code(LatexTable.Write(table)));
        }
        if (report.Cautions.Count > 0)
        {
            page.Heading("Not to be trusted");
            page.Cautions(report.Cautions);
        }
        foreach (var (heading, table, _) in tables.Skip(1).Where(t => t.Brief))
        {
            page.Heading(heading);
            page.Table(table);
        }
        if (report.Plots.Count > 1)
        {
            page.Heading("Plots");
            page.Plots(report.Plots.Skip(1).Select(p => (p.Figure, p.Caption, plotFiles(p.Figure.Name))));
        }
        foreach (var (heading, table, _) in tables.Skip(1).Where(t => !t.Brief))
            page.Folded(heading, () => page.Table(table), heading: true);
        page.Heading("How it was fitted");
        page.Code(output.CommandLine);
        page.Paragraph(report.Method);
        foreach (var note in output.Notes)
            page.Paragraph(note);
        page.Paragraph($"{data.Points} points from {data.Source}; fingerprint {data.Hash}; lcs {output.Version}.");
        if (data.Runs is { } runs)
            page.Folded("Runs", () => page.Table(runs), heading: true);
        if (data.LeftOut.Count > 0)
            page.Folded("Left out", () => page.Table(LeftOut(data.LeftOut)), heading: true);
        page.Folded("Files", () => page.Links(files), heading: true);
        return page.Render();
    }

    private static TextTable LeftOut(IReadOnlyList<LeftOut> all)
    {
        var left = new TextTable("left out", "points", "why");
        foreach (var l in all)
            left.Add(l.What, l.Points.ToString(CultureInfo.InvariantCulture), l.Why);
        return left;
    }
}
