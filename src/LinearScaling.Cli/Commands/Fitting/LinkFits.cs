using System.CommandLine;
using LinearScaling.Cli.Reports;
using LinearScaling.Cli.Reports.Comparing;
using LinearScaling.Cli.Reports.Links;
using LinearScaling.Compute;
using LinearScaling.Laws;
using LinearScaling.Laws.Forms;
using LinearScaling.Laws.Links;
using LinearScaling.Laws.Parametric;
using LinearScaling.Laws.Points;

namespace LinearScaling.Cli.Commands.Fitting;

/// <summary><c>lcs fit --via val_loss</c>: metrics in two steps, of runs or of a table.</summary>
internal static class LinkFits
{
    private const string ViaColumn = "via";

    /// <summary>Whether the command asks for two steps.</summary>
    /// <exception cref="LinearScalingException">It asks for what only two steps have, or for what they have
    /// not.</exception>
    public static bool Wanted(ParseResult parse)
    {
        var (via, table) = (parse.GetValue(FitOptions.Via), parse.GetValue(FitOptions.Table));
        if (via is not null && table is not null)
            throw new LinearScalingException($"--via: of a table, name the loss's column: --columns \"...,via={via}\"");
        var wanted =
            via is not null
            || (
                table is not null
                && parse.GetValue(FitOptions.Columns) is { } columns
                && TablePoints
                    .ParseColumns(
                        columns,
                        parse.GetValue(FitOptions.Law) is { } law ? FormFits.Reader(FormFits.Named(law)) : null
                    )
                    .ContainsKey(ViaColumn)
            );
        var metrics = parse.GetRequiredValue(FitOptions.Metric);
        if (wanted && parse.GetValue(FitOptions.Against) is { } against)
            throw new LinearScalingException($"--against {against}: is the second step alone; with --via leave it out");
        if (!wanted && parse.GetValue(FitOptions.Link) is { } link)
            throw new LinearScalingException($"--link {link}: is the second step of --via; name a loss with --via");
        if (!wanted && (metrics.Length > 1 || metrics[0] == LinkedRows.All))
            throw new LinearScalingException(
                $"--metric {string.Join(" --metric ", metrics)}: one a fit, unless they follow from a loss; "
                    + $"name it with --via"
            );
        return wanted;
    }

    /// <summary>Where results of runs go, below fits: one metric's by its name too, those of several by the
    /// loss's.</summary>
    public static string Folder(ParseResult parse)
    {
        var metrics = parse.GetRequiredValue(FitOptions.Metric);
        var name = metrics.Length == 1 ? metrics[0] : "metrics";
        return $"{name}-via-{parse.GetValue(FitOptions.Via)}".Replace('/', '-');
    }

    public static void FitRuns(ParseResult parse, FitOutput output, string root, IReadOnlyList<Law> overlays)
    {
        var (via, metrics) = (parse.GetValue(FitOptions.Via)!, parse.GetRequiredValue(FitOptions.Metric));
        var data = RunCurves.Read(
            root,
            via,
            parse.GetValue(FitOptions.Convention),
            parse.GetValue(FitOptions.BurnIn) ?? RunCurves.DefaultBurnIn
        );
        if (parse.GetValue(FitOptions.Convention) is null && data.Convention != Flops.Paper)
            output.Note(
                $"C counts as {data.Convention}: the paper has no formula for the FLOPs of "
                    + $"{string.Join(", ", data.NotInPaper)}; choose another count with --convention"
            );
        var linked = LinkedRows.Read(data, root, via, metrics);
        var losses = data.Points(root, null);
        Write(
            parse,
            output,
            losses with
            {
                LeftOut = [.. losses.LeftOut, .. linked.LeftOut],
            },
            linked.Groups,
            via,
            data.Convention,
            root,
            data,
            overlays
        );
    }

    public static void FitTable(ParseResult parse, FitOutput output, TablePoints table, IReadOnlyList<Law> overlays)
    {
        var via = table.Columns[ViaColumn];
        TablePoints As(TableColumn loss, TableColumn? x)
        {
            var columns = table.Columns.ToDictionary();
            columns.Remove(ViaColumn);
            columns.Remove("X");
            columns["L"] = loss;
            if (x is not null)
            {
                columns["X"] = x;
                columns.Remove("SE"); // that of the loss
            }
            return table with { Columns = columns };
        }
        var named = parse.GetResult(FitOptions.Metric) is { Implicit: false };
        IReadOnlyList<string> metrics =
            named ? parse.GetRequiredValue(FitOptions.Metric)
            : table.Columns.TryGetValue("L", out var metric) ? [metric.Text]
            : throw new LinearScalingException(
                "--columns: via is a loss; name a metric that follows from it too, as L=accuracy or --metric accuracy"
            );
        if (metrics.Contains(LinkedRows.All))
            throw new LinearScalingException(
                $"--metric {LinkedRows.All}: not every column of a table is a metric; name them: --metric A --metric B"
            );
        FitUses.NoteUnread(table, ["SE", "weight", ViaColumn], output);
        if (table.Columns.TryGetValue("L", out var other) && !metrics.Contains(other.Text))
            output.Note($"L={other.Text}: not used; the metrics are those of --metric");
        var losses = TableMeaning.Read(As(via, null), output);
        // Rows whose loss was left out have no first step.
        var kept = losses.Groups.SelectMany(g => g.Points).Select(o => (o.Cluster, o.N, o.D, o.Y)).ToHashSet();
        var leftOut = losses.LeftOut.ToList();
        var groups = losses.Groups.ToDictionary(g => g.Name, _ => new List<MetricRows>());
        foreach (var m in metrics)
        {
            var rows = (As(new(m), via) with { DropWorst = 0, BestPer = [] }).Read();
            leftOut.AddRange(rows.LeftOut.Except(losses.LeftOut).Select(l => l with { What = $"{l.What} for {m}" }));
            foreach (var (name, list) in groups)
                list.Add(
                    new(
                        m,
                        [
                            .. rows
                                .Groups.Where(g => g.Name == name)
                                .SelectMany(g => g.Points)
                                .Where(o => kept.Contains((o.Cluster, o.N, o.D, o.X))),
                        ]
                    )
                );
        }
        Write(
            parse,
            output,
            losses with
            {
                LeftOut = leftOut,
            },
            groups.ToDictionary(g => g.Key, g => (IReadOnlyList<MetricRows>)g.Value),
            via.Name,
            losses.Convention,
            table.Path,
            null,
            overlays
        );
    }

    private static void Write(
        ParseResult parse,
        FitOutput output,
        PointSet losses,
        IReadOnlyDictionary<string, IReadOnlyList<MetricRows>> metrics,
        string via,
        string convention,
        string source,
        RunCurves? runs,
        IReadOnlyList<Law> overlays
    )
    {
        var law = parse.GetValue(FitOptions.Law) ?? "chinchilla";
        var forms = runs is null ? FormFits.Named(law) : FormFits.OfRuns(law);
        if (forms is not [{ OfNAndD: true } form])
            throw new LinearScalingException(
                "--law: the first step of --via is one law of N and D, as chinchilla; the second is --link"
            );
        var link = LawForm.Named(parse.GetValue(FitOptions.Link) ?? "sigmoid");
        var (starts, draws) = (
            parse.GetValue(FitOptions.Starts) ?? ParametricFit.DefaultStarts,
            parse.GetValue(FitOptions.Draws) ?? Bootstrap.DefaultDraws
        );
        var loss = FitChoices.Loss(parse, form);
        var every = parse.GetRequiredValue(FitOptions.Metric).Contains(LinkedRows.All);
        List<TwoStep> fits =
        [
            .. losses.Groups.Select(g =>
            {
                var surface = LawAnalysis.Analyze(
                    g.Name,
                    form,
                    g.Points,
                    loss,
                    starts,
                    draws,
                    @fixed: FitChoices.Fixed(parse)
                );
                surface = surface with
                {
                    Cautions = [.. runs?.Cautions ?? losses.CautionsOf(g.Name), .. surface.Cautions],
                };
                return TwoStep.Analyze(
                    surface,
                    link,
                    every ? Linkable(g.Name, metrics[g.Name], link, output) : metrics[g.Name],
                    starts,
                    draws
                );
            }),
        ];
        var hash = DataFingerprint.Compute(
            metrics
                .Values.SelectMany(g => g)
                .SelectMany(m => m.Points)
                .SelectMany(o => new[] { o.N, o.D, o.C, o.X, o.Y })
                .Concat(losses.Groups.SelectMany(g => g.Points).SelectMany(o => new[] { o.N, o.D, o.C, o.Y, o.Weight }))
        );
        List<Law> laws =
        [
            .. fits.Select(f =>
                f.ToLaw(
                    f.Surface.ToLaw(
                        via,
                        "N, D",
                        convention,
                        new(source, f.Surface.Fit.Problem.Points.Count, hash, losses.LeftOut),
                        output.Version,
                        output.CommandLine
                    )
                )
            ),
        ];
        List<LawAnalysis> surfaces = [.. fits.Select(f => f.Surface)];
        output.Write(
            new LinkReport(
                fits,
                laws,
                new ParametricReport(
                    surfaces,
                    laws,
                    overlays,
                    via,
                    "N, D",
                    convention,
                    RollingTables.Measure(surfaces)
                ),
                via,
                convention
            ),
            new(
                source,
                hash,
                losses.Groups.Sum(g => g.Points.Count),
                losses.LeftOut,
                runs is null ? null : FitCommand.RunTable(runs)
            )
        );
    }

    /// <summary>Of all metrics those that a link can be fitted to; the others are named.</summary>
    private static List<MetricRows> Linkable(
        string group,
        IReadOnlyList<MetricRows> metrics,
        LawForm link,
        FitOutput output
    )
    {
        var kept = new List<MetricRows>();
        foreach (var m in metrics)
            if (TwoStep.Problem(link, m.Points) is { } problem)
                output.Note($"{group}: {m.Metric} has no link: {problem}");
            else
                kept.Add(m);
        return kept;
    }
}
