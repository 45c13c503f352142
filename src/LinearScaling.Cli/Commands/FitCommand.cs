using System.CommandLine;
using System.Globalization;
using LinearScaling.Cli.Commands.Fitting;
using LinearScaling.Cli.Reports;
using LinearScaling.Cli.Reports.Comparing;
using LinearScaling.Compute;
using LinearScaling.Laws;
using LinearScaling.Laws.Comparing;
using LinearScaling.Laws.Envelopes;
using LinearScaling.Laws.Forms;
using LinearScaling.Laws.Parametric;
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
        var table = parse.GetValue(FitOptions.Table);
        var root = parse.GetRequiredValue(FitOptions.Runs);
        var schedules = ScheduleFits.Wanted(parse);
        var twoSteps = schedules is null && LinkFits.Wanted(parse);
        var metric = parse.GetRequiredValue(FitOptions.Metric)[0];
        var convention = parse.GetValue(FitOptions.Convention);
        var overlays = parse.GetRequiredValue(FitOptions.Overlay).SelectMany(PublishedLaws.Named).ToList();
        var output = new FitOutput(
            parse.GetValue(FitOptions.Output)
                ?? (
                    table is null
                        ? Path.Combine(root, "fits", twoSteps ? LinkFits.Folder(parse) : metric.Replace('/', '-'))
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

        if (schedules is not null)
        {
            ScheduleFits.Fit(parse, output, schedules);
            return;
        }
        if (table is not null)
        {
            var named = parse.GetValue(FitOptions.Law) is { } names ? FormFits.Named(names) : null;
            var columns = TablePoints.ParseColumns(
                parse.GetValue(FitOptions.Columns) ?? throw CommandMistakes.NoColumns(),
                FormFits.Reader(named)
            );
            named = named?.ConvertAll(f => f.Over(TablePoints.Quantities(columns)));
            var rows = new TablePoints(
                table,
                columns,
                convention ?? Flops.SixNd,
                parse.GetValue(FitOptions.DropWorst) ?? 0,
                parse.GetRequiredValue(FitOptions.Where)
            )
            {
                Others = FormFits.Columns(named),
                BestPer = parse.GetValue(FitOptions.BestPer)?.Split(',', StringSplitOptions.TrimEntries) ?? [],
            };
            if (twoSteps)
            {
                LinkFits.FitTable(parse, output, rows);
                return;
            }
            var (points, measured) = (TableMeaning.Read(rows, output), columns["L"].Name);
            if (named is null && TableMeaning.Curves(parse, output, points, table, measured) is { } curves)
            {
                if (!curves.Rising)
                {
                    FitChoices.RefuseForEnvelope(parse);
                    Envelopes(output, curves, table, measured, overlays, "parameters");
                    return;
                }
                named = [LawForm.Named(FormFits.Sigmoid(output, measured))];
            }
            var forms = named ?? [LawForm.Named(TableMeaning.Form(table, columns))];
            if (!columns.ContainsKey("X") && forms.Find(f => f.OfMetric) is { } lacking)
                throw CommandMistakes.NoOtherMetric(lacking.Name, "the column X in --columns");
            Parametric(
                parse,
                output,
                points,
                forms,
                measured,
                columns.TryGetValue("X", out var x) ? x.Name : "C",
                points.Convention,
                table,
                overlays,
                null
            );
            return;
        }
        if (twoSteps)
        {
            LinkFits.FitRuns(parse, output, root);
            return;
        }

        var data = RunCurves.Read(
            root,
            metric,
            convention,
            parse.GetValue(FitOptions.BurnIn) ?? RunCurves.DefaultBurnIn
        );
        if (convention is null && data.Convention != Flops.Paper)
            output.Note(
                $"C counts as {data.Convention}: the paper has no formula for the FLOPs of "
                    + $"{string.Join(", ", data.NotInPaper)}; choose another count with --convention"
            );
        var law = parse.GetValue(FitOptions.Law);
        if (law is null && (parse.GetValue(FitOptions.Against) is not null || data.Rising))
            law = FormFits.Sigmoid(output, metric);
        if (law is null)
        {
            FitChoices.RefuseForEnvelope(parse);
            Envelopes(output, data, root, metric, overlays);
        }
        else
        {
            var forms = FormFits.OfRuns(law);
            var against = forms.Exists(f => f.OfX) ? parse.GetValue(FitOptions.Against) : null;
            if (against is null && forms.Find(f => f.OfMetric) is { } lacking)
                throw CommandMistakes.NoOtherMetric(lacking.Name, "a metric with --against");
            Parametric(
                parse,
                output,
                data.Points(root, against),
                forms,
                metric,
                against ?? "C",
                data.Convention,
                root,
                overlays,
                data
            );
        }
    }

    private static void Envelopes(
        FitOutput output,
        RunCurves data,
        string root,
        string metric,
        IReadOnlyList<Law> overlays,
        string sizes = "non-embedding parameters"
    )
    {
        var fits = data
            .Curves.GroupBy(c => c.Architecture)
            .Select(g => EnvelopeFit.Fit([.. g.OrderBy(c => c.N)]))
            .Select(f => f with { Cautions = [.. data.CautionsOf(f.Architecture), .. f.Cautions] })
            .ToList();
        List<LeftOut> leftOut = [.. data.LeftOut, .. fits.SelectMany(f => f.LeftOut)];
        var laws = fits.ConvertAll(f =>
            f.ToLaw(
                metric,
                data.Convention,
                new(root, f.Curves.Sum(c => c.Points.Count), DataFingerprint.Compute(f.Curves), leftOut),
                output.Version,
                output.CommandLine
            )
        );
        output.Write(
            new EnvelopeReport(fits, laws, overlays, metric, data.Convention, sizes),
            root,
            data.Fingerprint,
            data.Curves.Sum(c => c.Points.Count),
            leftOut,
            RunTable(data)
        );
    }

    /// <param name="x">What curves run over.</param>
    private static void Parametric(
        ParseResult parse,
        FitOutput output,
        PointSet data,
        List<LawForm> forms,
        string metric,
        string x,
        string convention,
        string source,
        IReadOnlyList<Law> overlays,
        RunCurves? runs
    )
    {
        var losses = forms.Select(f => FitChoices.Loss(parse, f)).ToList();
        if (forms.Count > 1)
            losses = FormFits.Shared(forms, losses, output);
        data = forms.Aggregate(data, (d, form) => d.For(form));
        var fits = forms.Zip(losses, (form, loss) => Analyses(parse, data, form, loss, runs)).ToList();
        ParametricReport Report(IReadOnlyList<LawAnalysis> analyses)
        {
            var variable = analyses[0].Fit.Form.Variable(x);
            List<Law> laws =
            [
                .. analyses.Select(f =>
                    f.ToLaw(
                        metric,
                        variable,
                        convention,
                        new(source, f.Fit.Problem.Points.Count, data.Hash, data.LeftOut),
                        output.Version,
                        output.CommandLine
                    )
                ),
            ];
            var rolling = forms.Count > 1 ? [] : RollingTables.Measure(analyses);
            return new(analyses, laws, overlays, metric, variable, convention, rolling);
        }
        List<ParametricReport> reports = [.. fits.Select(Report)];
        output.Write(
            forms.Count == 1
                ? reports[0]
                : new ComparisonReport(
                    [.. data.Groups.Select((_, i) => FormComparison.Compare([.. fits.Select(f => f[i])]))],
                    forms,
                    reports,
                    metric
                ),
            source,
            data.Hash,
            data.Groups.Sum(g => g.Points.Count),
            data.LeftOut,
            runs is null ? null : RunTable(runs)
        );
    }

    private static List<LawAnalysis> Analyses(
        ParseResult parse,
        PointSet data,
        LawForm form,
        FitLoss loss,
        RunCurves? runs
    ) =>
        [
            .. data
                .Groups.Select(g =>
                    LawAnalysis.Analyze(
                        g.Name,
                        form,
                        g.Points,
                        loss,
                        parse.GetValue(FitOptions.Starts) ?? ParametricFit.DefaultStarts,
                        parse.GetValue(FitOptions.Draws) ?? Bootstrap.DefaultDraws,
                        @fixed: FitChoices.Fixed(parse)
                    )
                )
                .Select(f => f with { Cautions = [.. runs?.Cautions ?? data.CautionsOf(f.Name), .. f.Cautions] }),
        ];

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
