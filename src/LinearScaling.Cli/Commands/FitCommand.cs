using System.CommandLine;
using System.Globalization;
using LinearScaling.Cli.Reports;
using LinearScaling.Compute;
using LinearScaling.Configuration;
using LinearScaling.Laws;
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
        var (root, metric) = (parse.GetRequiredValue(FitOptions.Runs), parse.GetRequiredValue(FitOptions.Metric));
        var convention = parse.GetValue(FitOptions.Convention);
        var overlays = parse.GetRequiredValue(FitOptions.Overlay).SelectMany(PublishedLaws.Named).ToList();
        var output = new FitOutput(
            parse.GetValue(FitOptions.Output)
                ?? (
                    table is null
                        ? Path.Combine(root, "fits", metric.Replace('/', '-'))
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

        if (table is not null)
        {
            var named = parse.GetValue(FitOptions.Law) is { } name ? LawForm.Named(name) : null;
            var columns = TablePoints.ParseColumns(
                parse.GetValue(FitOptions.Columns) ?? throw CommandMistakes.NoColumns(),
                named
            );
            named = named?.Over(TablePoints.Quantities(columns));
            var points = new TablePoints(
                table,
                columns,
                convention ??= Flops.SixNd,
                parse.GetValue(FitOptions.DropWorst) ?? 0,
                parse.GetRequiredValue(FitOptions.Where)
            )
            {
                Others = named?.Columns ?? [],
            }.Read();
            var form = named ?? LawForm.Named(columns.ContainsKey("N") ? "chinchilla" : "power_law");
            if (form.OfMetric && !columns.ContainsKey("X"))
                throw CommandMistakes.NoOtherMetric(form.Name, "the column X in --columns");
            Parametric(
                parse,
                output,
                points,
                form,
                columns["L"],
                form.Variable(columns.GetValueOrDefault("X", "C")),
                convention,
                table,
                overlays,
                null
            );
            return;
        }

        var data = RunCurves.Read(root, metric, convention, parse.GetValue(FitOptions.BurnIn) ?? 0.02);
        if (convention is null && data.Convention != Flops.Paper)
            output.Note(
                $"C counts as {data.Convention}: the paper has no formula for the FLOPs of "
                    + $"{string.Join(", ", data.NotInPaper)}; choose another count with --convention"
            );
        var law = parse.GetValue(FitOptions.Law);
        if (law is null && (parse.GetValue(FitOptions.Against) is not null || data.Rising))
        {
            law = "sigmoid";
            output.Note($"{metric}: fitted as a sigmoid; choose another form with --law");
        }
        if (law is null)
            Envelopes(output, data, root, metric, overlays);
        else
        {
            var form = LawForm.Named(law);
            if (form is ColumnForm || form.Columns.Count > 0)
                throw CommandMistakes.OnlyOfTables(form);
            var against = form.OfX ? parse.GetValue(FitOptions.Against) : null;
            if (form.OfMetric && against is null)
                throw CommandMistakes.NoOtherMetric(form.Name, "a metric with --against");
            Parametric(
                parse,
                output,
                data.Points(root, against),
                form,
                metric,
                form.Variable(against ?? "C"),
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
        IReadOnlyList<Law> overlays
    )
    {
        var fits = data
            .Curves.GroupBy(c => c.Architecture)
            .Select(g => EnvelopeFit.Fit([.. g.OrderBy(c => c.N)]))
            .Select(f => f with { Cautions = [.. data.Cautions, .. f.Cautions] })
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
            new EnvelopeReport(fits, laws, overlays, metric, data.Convention),
            root,
            data.Fingerprint,
            data.Curves.Sum(c => c.Points.Count),
            leftOut,
            RunTable(data)
        );
    }

    private static void Parametric(
        ParseResult parse,
        FitOutput output,
        PointSet data,
        LawForm form,
        string metric,
        string variable,
        string convention,
        string source,
        IReadOnlyList<Law> overlays,
        RunCurves? runs
    )
    {
        var loss = Loss(parse, form);
        data = data.For(form);
        var fits = data
            .Groups.Select(g =>
                LawAnalysis.Analyze(
                    g.Name,
                    form,
                    g.Points,
                    loss,
                    parse.GetValue(FitOptions.Starts) ?? ParametricFit.DefaultStarts,
                    parse.GetValue(FitOptions.Draws) ?? Bootstrap.DefaultDraws
                )
            )
            .Select(f => runs is null ? f : f with { Cautions = [.. runs.Cautions, .. f.Cautions] })
            .ToList();
        var laws = fits.ConvertAll(f =>
            f.ToLaw(
                metric,
                variable,
                convention,
                new(source, f.Fit.Problem.Points.Count, data.Hash, data.LeftOut),
                output.Version,
                output.CommandLine
            )
        );
        output.Write(
            new ParametricReport(fits, laws, overlays, metric, variable, convention),
            source,
            data.Hash,
            data.Groups.Sum(g => g.Points.Count),
            data.LeftOut,
            runs is null ? null : RunTable(runs)
        );
    }

    private static FitLoss Loss(ParseResult parse, LawForm form)
    {
        var delta = parse.GetValue(FitOptions.Delta);
        var loss = parse.GetValue(FitOptions.Loss) switch
        {
            null => delta is null ? form.DefaultLoss : FitLoss.LogHuber,
            "log-huber" => FitLoss.LogHuber,
            "log-squared" => FitLoss.LogSquared,
            "squared" => FitLoss.Squared,
            var other => throw new LinearScalingException(
                $"--loss: {NearestNames.Unknown("loss", other, ["log-huber", "log-squared", "squared"])}"
            ),
        };
        return delta is null ? loss
            : loss.Delta is not null ? loss with { Delta = delta }
            : throw new LinearScalingException("--delta: only --loss log-huber bends");
    }

    private static TextTable RunTable(RunCurves data)
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
