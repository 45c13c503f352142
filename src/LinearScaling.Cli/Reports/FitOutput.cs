using System.Globalization;
using LinearScaling.Files;
using LinearScaling.Laws;
using LinearScaling.Laws.Points;

namespace LinearScaling.Cli.Reports;

/// <summary>Where a fit's results go: files, and the table or JSON on stdout.</summary>
/// <param name="Folder">Receives report.html, plots and law.json (one folder per law where there are several).</param>
/// <param name="CommandLine">What was typed.</param>
internal sealed record FitOutput(
    string Folder,
    string CommandLine,
    string Version,
    bool Json,
    TextWriter Result,
    TextWriter Log
)
{
    private readonly List<string> notes = [];

    /// <summary>Says what was chosen for the user, at once and in the report.</summary>
    public void Note(string text)
    {
        notes.Add(text);
        Log.WriteLine(text);
    }

    public void Write(
        ILawReport report,
        string source,
        string hash,
        int points,
        IReadOnlyList<LeftOut> leftOut,
        TextTable? runs
    )
    {
        var written = Files(report, Page(report, source, hash, points, leftOut, runs));
        if (Json)
        {
            Result.WriteLine(report.Json);
            return;
        }
        foreach (var (_, table, _) in report.Tables.Where(t => t.Brief && t.Table.Rows.Count > 0))
            Result.WriteLine(table);
        foreach (var caution in report.Cautions)
            Result.WriteLine($"not to be trusted: {caution}");
        foreach (var group in leftOut.GroupBy(l => l.Why))
        {
            var what = group.Count() > 4 ? $"{group.Count()} runs" : string.Join(", ", group.Select(l => l.What));
            Result.WriteLine($"left out: {group.Sum(l => l.Points)} points of {what}: {group.Key}");
        }
        foreach (var path in written)
            Result.WriteLine(path);
    }

    private List<string> Files(ILawReport report, string page)
    {
        try
        {
            Directory.CreateDirectory(Folder);
            var written = new List<string> { Path.Combine(Folder, "report.html") };
            DurableFile.WriteAllText(written[0], page);
            foreach (var law in report.Laws)
            {
                var folder = Path.Combine(Folder, Below(law, report.Laws));
                Directory.CreateDirectory(folder);
                written.Add(Path.Combine(folder, "law.json"));
                law.Save(written[^1]);
            }
            foreach (var (name, text) in report.Files)
            {
                written.Add(Path.Combine(Folder, name));
                DurableFile.WriteAllText(written[^1], text);
            }
            var missing = PngFigure.MissingFonts();
            foreach (var (figure, _) in report.Plots)
            {
                written.Add(Path.Combine(Folder, figure.Name + ".svg"));
                Directory.CreateDirectory(Path.GetDirectoryName(written[^1])!);
                DurableFile.WriteAllText(written[^1], SvgFigure.Render(figure));
                if (missing is not null)
                    continue;
                written.Add(Path.Combine(Folder, figure.Name + ".png"));
                PngFigure.Save(figure, written[^1]);
            }
            if (missing is not null)
                Log.WriteLine(missing);
            return written;
        }
        catch (Exception e) when (StorageFailure.Is(e))
        {
            throw new LinearScalingException($"{Folder}: cannot be written: {e.Message}", e);
        }
    }

    /// <summary>Where a law lies below the folder: by its method or else its form where there are several, by its group
    /// where there are several of those.</summary>
    private static string Below(Law law, IReadOnlyList<Law> laws)
    {
        var methods = laws.Any(l => l.Method != law.Method);
        var alone = !methods && law.Method != "envelope" && laws.All(l => l.Name == law.Name);
        return Path.Combine(
            methods ? law.Method
                : laws.Any(l => l.Form != law.Form) ? law.Form
                : "",
            alone ? "" : SafeName.ForFile(law.Name)
        );
    }

    private string Page(
        ILawReport report,
        string source,
        string hash,
        int points,
        IReadOnlyList<LeftOut> leftOut,
        TextTable? runs
    )
    {
        var page = new HtmlReport(report.Title);
        page.Code(CommandLine);
        page.Paragraph(report.Method);
        foreach (var note in notes)
            page.Paragraph(note);
        if (report.Cautions.Count > 0)
        {
            page.Heading("Not to be trusted");
            page.List(report.Cautions, "caution");
        }
        foreach (var (heading, table, _) in report.Tables.Where(t => t.Table.Rows.Count > 0))
        {
            page.Heading(heading);
            page.Table(table);
        }
        page.Heading("Plots");
        foreach (var (figure, caption) in report.Plots)
            page.Plot(figure, caption);
        page.Heading("Data");
        page.Paragraph($"{points} points from {source}; fingerprint {hash}; lcs {Version}.");
        if (runs is not null)
            page.Table(runs);
        if (leftOut.Count > 0)
        {
            var left = new TextTable("left out", "points", "why");
            foreach (var l in leftOut)
                left.Add(l.What, l.Points.ToString(CultureInfo.InvariantCulture), l.Why);
            page.Table(left);
        }
        return page.Render();
    }
}
