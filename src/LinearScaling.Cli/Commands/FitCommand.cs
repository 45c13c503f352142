using System.CommandLine;
using System.Globalization;
using LinearScaling.Cli.Commands.Fitting;
using LinearScaling.Cli.Reports;
using LinearScaling.Laws;
using LinearScaling.Laws.Points;

namespace LinearScaling.Cli.Commands;

/// <summary><c>lcs fit</c>: scaling laws over what runs and evaluations wrote, or over a table. Never touches the
/// tensor engine.</summary>
internal static class FitCommand
{
    public static Command Create()
    {
        var command = new Command(
            "fit",
            "Fit scaling laws to the metrics of runs or to a table, and write tables, plots and a report."
        );
        foreach (var option in FitOptions.All)
            command.Options.Add(option);
        command.SetAction(Fit);
        return command;
    }

    private static void Fit(ParseResult parse)
    {
        var (table, root) = (parse.GetValue(FitOptions.Table), parse.GetRequiredValue(FitOptions.Runs));
        var schedules = ScheduleFits.Wanted(parse);
        var twoSteps = schedules is null && LinkFits.Wanted(parse);
        if (schedules is not null)
            FitUses.CheckSchedules(parse, schedules);
        FitUses.CheckSource(parse, twoSteps);
        var overlays = parse.GetRequiredValue(FitOptions.Overlay).SelectMany(PublishedLaws.Named).ToList();
        var approaches = Approaches(parse, twoSteps);
        var output = Output(parse, table, twoSteps);
        if (schedules is not null)
            ScheduleFits.Fit(parse, output, schedules);
        else if (twoSteps && table is null)
            LinkFits.FitRuns(parse, output, root, overlays);
        else if (twoSteps)
            LinkFits.FitTable(parse, output, FitData.Rows(parse, table!).Rows, overlays);
        else
            Fit(parse, table, root, approaches, overlays, output);
    }

    private static void Fit(
        ParseResult parse,
        string? table,
        string root,
        IReadOnlyList<int>? approaches,
        IReadOnlyList<Law> overlays,
        FitOutput output
    )
    {
        var data = table is null
            ? FitData.OfRuns(parse, root, approaches, output)
            : FitData.OfTable(parse, table, approaches, output);
        FitUses.CheckData(parse, data, approaches);
        var fit = new FitApproaches(parse, output, data, overlays);
        var fitted =
            approaches is not null ? fit.Several(approaches)
            : data.Forms is { } forms ? fit.Parametric(forms)
            : fit.Envelopes();
        output.Write(
            fitted.Report,
            new(
                data.Source,
                fitted.Hash,
                fitted.Points,
                fitted.LeftOut,
                data.Curves is null ? null : RunTable(data.Curves)
            )
        );
    }

    /// <summary>The approaches asked for, or null.</summary>
    private static IReadOnlyList<int>? Approaches(ParseResult parse, bool twoSteps)
    {
        if (parse.GetValue(FitOptions.Approach) is not { } text)
            return null;
        var approaches = FitApproaches.Parse(text);
        if (twoSteps || parse.GetValue(FitOptions.Against) is not null)
            throw CommandMistakes.ApproachAnd(twoSteps ? "via" : "--against");
        FitUses.CheckApproaches(parse, approaches);
        return
            parse.GetValue(FitOptions.Law) is { } law
            && !(approaches.Contains(3) && FormFits.Named(law) is [{ OfNAndD: true }])
            ? throw CommandMistakes.ApproachAnd($"--law {law}")
            : approaches;
    }

    private static FitOutput Output(ParseResult parse, string? table, bool twoSteps)
    {
        var metric = parse.GetRequiredValue(FitOptions.Metric)[0];
        return new(
            parse.GetValue(FitOptions.Output)
                ?? (
                    table is null
                        ? Path.Combine(
                            parse.GetRequiredValue(FitOptions.Runs),
                            "fits",
                            twoSteps ? LinkFits.Folder(parse) : metric.Replace('/', '-')
                        )
                        : Path.Combine(Path.GetDirectoryName(Path.GetFullPath(table))!, "fits")
                ),
            "lcs "
                + string.Join(
                    ' ',
                    parse.Tokens.Select(t => t.Value.AsSpan().ContainsAny(" <>") ? $"\"{t.Value}\"" : t.Value)
                ),
            Versions.Program,
            parse.GetValue(FitOptions.Json),
            parse.InvocationConfiguration.Output,
            parse.InvocationConfiguration.Error
        );
    }

    internal static TextTable RunTable(RunCurves data)
    {
        var runs = new TextTable("run", "architecture", "size", "N", "points", "from C", "to C", "last value");
        foreach (var c in data.Curves)
            runs.Add(
                c.Run,
                c.Architecture,
                c.Size,
                Numbers.Short(c.N),
                c.Points.Count.ToString(CultureInfo.InvariantCulture),
                Numbers.Short(c.FirstFlops),
                Numbers.Short(c.LastFlops),
                Numbers.Fixed(c.Points[^1].Value)
            );
        return runs;
    }
}
