using LinearScaling.Cli.Reports.Figures;
using LinearScaling.Files;
using LinearScaling.Laws;

namespace LinearScaling.Cli.Reports;

/// <summary>Where a fit's results go: files, and the table or JSON on stdout.</summary>
/// <param name="Folder">Receives report.html, which links all else: plots and law.json, what is one group's in a folder
/// of its own where there are several.</param>
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

    public IReadOnlyList<string> Notes => notes;

    /// <summary>Says what was chosen for the user, at once and in the report.</summary>
    public void Note(string text)
    {
        notes.Add(text);
        Log.WriteLine(text);
    }

    public void Write(ILawReport report, ReportData data)
    {
        var index = Files(report, data);
        if (Json)
        {
            Result.WriteLine(report.Json);
            return;
        }
        foreach (var (_, table, _) in report.Tables.Where(t => t.Brief && t.Table.Rows.Count > 0))
            Result.WriteLine(table);
        foreach (var line in NamedCaution.Brief(report.Cautions))
            Result.WriteLine(line);
        foreach (var group in data.LeftOut.GroupBy(l => l.Why))
        {
            var what = group.Count() > 4 ? $"{group.Count()} runs" : string.Join(", ", group.Select(l => l.What));
            Result.WriteLine($"left out: {group.Sum(l => l.Points)} points of {what}: {group.Key}");
        }
        Result.WriteLine(index);
    }

    /// <returns>The page that links every other file.</returns>
    private string Files(ILawReport report, ReportData data)
    {
        var missing = PngFigure.MissingFonts();
        List<(string Name, string Text)> texts =
        [
            .. report.Laws.Select(l => (Path.Combine(Below(l, report.Laws), "law.json"), l.ToJson() + "\n")),
            .. report.Files,
        ];
        IEnumerable<string> Pictures(string name) => missing is null ? [name + ".svg", name + ".png"] : [name + ".svg"];
        try
        {
            foreach (
                var folder in texts
                    .Select(t => t.Name)
                    .Concat(report.Plots.Select(p => p.Figure.Name))
                    .Select(n => Path.GetDirectoryName(n)!)
                    .Distinct()
            )
                Directory.CreateDirectory(Path.Combine(Folder, folder));
            foreach (var (name, text) in texts)
                DurableFile.WriteAllText(Path.Combine(Folder, name), text);
            Parallel.ForEach(
                report.Plots,
                plot =>
                {
                    var path = Path.Combine(Folder, plot.Figure.Name);
                    DurableFile.WriteAllText(path + ".svg", SvgFigure.Render(plot.Figure));
                    if (missing is null)
                        PngFigure.Save(plot.Figure, path + ".png");
                }
            );
            var index = Path.Combine(Folder, "report.html");
            DurableFile.WriteAllText(
                index,
                ReportPage.Render(report, this, data, [.. texts.Select(t => t.Name)], Pictures)
            );
            if (missing is not null)
                Log.WriteLine(missing);
            return index;
        }
        catch (Exception e) when (StorageFailure.Is(e))
        {
            throw new LinearScalingException($"{Folder}: cannot be written: {e.Message}", e);
        }
        catch (AggregateException e) when (e.InnerExceptions.FirstOrDefault(StorageFailure.Is) is { } failure)
        {
            throw new LinearScalingException($"{Folder}: cannot be written: {failure.Message}", failure);
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
}
