using System.CommandLine;
using LinearScaling.Cli.Reports;
using LinearScaling.Cli.Reports.Observational;
using LinearScaling.Laws.Observational;
using LinearScaling.Laws.Points;

namespace LinearScaling.Cli.Commands.Observe;

/// <summary><c>lcs observe</c>: observational scaling laws over a table of models and benchmarks. Never touches the
/// tensor engine.</summary>
internal static class ObserveCommand
{
    public static Command Create()
    {
        var command = new Command(
            "observe",
            "Fit observational laws to a table of models and benchmarks: components, family lines, a predicted metric."
        );
        foreach (var option in ObserveOptions.All)
            command.Options.Add(option);
        command.SetAction(Observe);
        return command;
    }

    private static void Observe(ParseResult parse)
    {
        var path = parse.GetRequiredValue(ObserveOptions.Table);
        var target = parse.GetValue(ObserveOptions.Target);
        if (target is null && parse.GetValue(ObserveOptions.Chance) is not null)
            throw new LinearScalingException("--chance: is of a metric that is predicted; name it with --target");
        var roles = ScoreColumns.ParseRoles(parse.GetRequiredValue(ObserveOptions.Columns));
        var rule = HoldOut(parse, target, roles.ContainsKey("date"));
        var table = new ScoreColumns(
            roles,
            ScoreColumns.ParseBenchmarks(parse.GetRequiredValue(ObserveOptions.Benchmarks)),
            target is null ? null : new TableColumn(target),
            parse.GetRequiredValue(ObserveOptions.Where)
        ).Read(path);
        var analysis = ObservationalAnalysis.Analyze(
            table,
            new()
            {
                Reference = parse.GetValue(ObserveOptions.Reference),
                Chance = parse.GetValue(ObserveOptions.Chance),
                HoldOut = rule,
                Draws = parse.GetValue(ObserveOptions.Draws) ?? ObservationalOptions.DefaultDraws,
                ByFamily = parse.GetRequiredValue(ObserveOptions.Resample) == "families",
            }
        );
        var output = new FitOutput(
            parse.GetValue(ObserveOptions.Output)
                ?? Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, "observed"),
            "lcs "
                + string.Join(
                    ' ',
                    parse.Tokens.Select(t => t.Value.AsSpan().ContainsAny(" <>") ? $"\"{t.Value}\"" : t.Value)
                ),
            Versions.Program,
            parse.GetValue(ObserveOptions.Json),
            parse.InvocationConfiguration.Output,
            parse.InvocationConfiguration.Error
        );
        output.Write(
            new ObservationalReport(
                analysis,
                ObservationalLaw.From(analysis, path, output.Version, output.CommandLine),
                parse.GetRequiredValue(ObserveOptions.Resample)
            ),
            new(path, table.Hash, table.Models.Count, table.LeftOut, null)
        );
    }

    private static HoldOutRule? HoldOut(ParseResult parse, string? target, bool dated)
    {
        var rule = new HoldOutRule(
            parse.GetValue(ObserveOptions.Cutoff),
            parse.GetValue(ObserveOptions.Since),
            parse.GetRequiredValue(ObserveOptions.HoldOut)
        );
        if (rule is { Cutoff: null, Since: null, Models: [] })
            return null;
        if (target is null)
            throw new LinearScalingException(
                "--cutoff, --since and --hold-out: say which models a metric is predicted for; name it with --target"
            );
        if (rule.Since is not null && !dated)
            throw new LinearScalingException("--since: needs date=COLUMN in --columns");
        return rule;
    }
}
