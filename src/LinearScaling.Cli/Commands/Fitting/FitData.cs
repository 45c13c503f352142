using System.CommandLine;
using LinearScaling.Cli.Reports;
using LinearScaling.Compute;
using LinearScaling.Laws;
using LinearScaling.Laws.Forms;
using LinearScaling.Laws.Points;

namespace LinearScaling.Cli.Commands.Fitting;

/// <summary>What <c>lcs fit</c> fits, from a table or from runs: points for every approach, and whole curves where
/// there are some.</summary>
/// <param name="Source">The table's path, or the directory of the runs.</param>
/// <param name="Variable">What curves y(x) run over: C, or a column or metric.</param>
/// <param name="Forms">The forms to fit; null for the envelope.</param>
/// <param name="Curves">For approach 1; null where there are none.</param>
/// <param name="Sizes">What N counts.</param>
internal sealed record FitData(
    string Source,
    string Metric,
    string Variable,
    string Convention,
    List<LawForm>? Forms,
    PointSet Points,
    RunCurves? Curves,
    string Sizes
)
{
    /// <summary>Whether the metric grows with training, as scores do: approaches 1 to 3 are of losses.</summary>
    public bool Rising => Curves?.Rising ?? false;

    /// <summary>How the table is to be read, and the forms named for it.</summary>
    public static (TablePoints Rows, List<LawForm>? Named) Rows(ParseResult parse, string path)
    {
        var named = parse.GetValue(FitOptions.Law) is { } names ? FormFits.Named(names) : null;
        var columns = TablePoints.ParseColumns(
            parse.GetValue(FitOptions.Columns) ?? throw CommandMistakes.NoColumns(),
            FormFits.Reader(named)
        );
        named = named?.ConvertAll(f => f.Over(TablePoints.Quantities(columns)));
        return (
            new(
                path,
                columns,
                parse.GetValue(FitOptions.Convention) ?? Flops.SixNd,
                parse.GetValue(FitOptions.DropWorst) ?? 0,
                parse.GetRequiredValue(FitOptions.Where)
            )
            {
                Others = FormFits.Columns(named),
                BestPer = parse.GetValue(FitOptions.BestPer)?.Split(',', StringSplitOptions.TrimEntries) ?? [],
            },
            named
        );
    }

    /// <param name="approaches">Those asked for, or null: then the columns tell what is fitted, unless --law
    /// does.</param>
    public static FitData OfTable(ParseResult parse, string path, IReadOnlyList<int>? approaches, FitOutput output)
    {
        var (rows, forms) = Rows(parse, path);
        var (points, metric) = (TableMeaning.Read(rows, output), rows.Columns["L"].Name);
        var curves = approaches?.Contains(1) ?? forms is null ? TableMeaning.Curves(parse, points, path, metric) : null;
        if (approaches is null && forms is null)
            if (curves is { Rising: false })
                output.Note("several rows a run: fitted by the envelope of the runs; choose a form with --law");
            else
                forms =
                [
                    LawForm.Named(
                        curves is null ? TableMeaning.Form(path, rows.Columns) : FormFits.Sigmoid(output, metric)
                    ),
                ];
        if (!rows.Columns.ContainsKey("X") && forms?.Find(f => f.OfMetric) is { } lacking)
            throw CommandMistakes.NoOtherMetric(lacking.Name, "the column X in --columns");
        FitUses.NoteUnread(rows, forms, approaches, output);
        return new(
            path,
            metric,
            rows.Columns.TryGetValue("X", out var x) ? x.Name : "C",
            points.Convention,
            forms,
            points,
            curves,
            "parameters"
        );
    }

    /// <param name="approaches">Those asked for, or null: then the metric tells what is fitted, unless --law
    /// does.</param>
    public static FitData OfRuns(ParseResult parse, string root, IReadOnlyList<int>? approaches, FitOutput output)
    {
        var (metric, convention) = (
            parse.GetRequiredValue(FitOptions.Metric)[0],
            parse.GetValue(FitOptions.Convention)
        );
        var runs = RunCurves.Read(
            root,
            metric,
            convention,
            parse.GetValue(FitOptions.BurnIn) ?? RunCurves.DefaultBurnIn
        );
        if (convention is null && runs.Convention != Flops.Paper)
            output.Note(
                $"C counts as {runs.Convention}: the paper has no formula for the FLOPs of "
                    + $"{string.Join(", ", runs.NotInPaper)}; choose another count with --convention"
            );
        var against = parse.GetValue(FitOptions.Against);
        var forms = parse.GetValue(FitOptions.Law) is { } law ? FormFits.OfRuns(law) : null;
        if (approaches is null && forms is null && (against is not null || runs.Rising))
            forms = [LawForm.Named(FormFits.Sigmoid(output, metric))];
        against = forms?.Exists(f => f.OfX) == true ? against : null;
        if (against is null && forms?.Find(f => f.OfMetric) is { } lacking)
            throw CommandMistakes.NoOtherMetric(lacking.Name, "a metric with --against");
        return new(
            root,
            metric,
            against ?? "C",
            runs.Convention,
            forms,
            runs.Points(root, against),
            runs,
            "non-embedding parameters"
        );
    }

    /// <summary>Reasons not to trust any law of a group.</summary>
    public IEnumerable<Caution> CautionsOf(string group) => Curves?.CautionsOf(group) ?? Points.CautionsOf(group);
}
