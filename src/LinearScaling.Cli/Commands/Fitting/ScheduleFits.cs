using System.CommandLine;
using LinearScaling.Cli.Reports;
using LinearScaling.Cli.Reports.Schedules;
using LinearScaling.Laws.Forms;
using LinearScaling.Laws.Points;
using LinearScaling.Laws.Scheduled;

namespace LinearScaling.Cli.Commands.Fitting;

/// <summary><c>lcs fit --law multi_power</c>: laws of whole curves by their learning rates, each schedule predicted by
/// the others.</summary>
internal static class ScheduleFits
{
    /// <summary>The law of schedules that is asked for, or null.</summary>
    public static LawForm? Wanted(ParseResult parse)
    {
        var names = (parse.GetValue(FitOptions.Law) ?? "").Split(',', StringSplitOptions.TrimEntries);
        var form = names
            .Where(n => LawForm.Variants.TryGet(n, out _))
            .Select(LawForm.Named)
            .FirstOrDefault(f => f.OfSchedule);
        return form is null || names.Length == 1 ? form : throw CommandMistakes.ScheduleAnd(form.Name, "another form");
    }

    public static void Fit(ParseResult parse, FitOutput output, LawForm form)
    {
        var (loss, given) = (FitChoices.Loss(parse, form), FitChoices.Fixed(parse));
        var (source, metric, data) = Read(parse, form);
        var fits = data
            .Curves.GroupBy(c => c.Group)
            .Select(g =>
                ScheduleAnalysis.Analyze(
                    g.Key,
                    form,
                    [.. g],
                    loss,
                    parse.GetValue(FitOptions.Starts) ?? ScheduleAnalysis.DefaultStarts,
                    parse.GetValue(FitOptions.Draws) ?? 0,
                    @fixed: given
                )
            )
            .ToList();
        fits = fits.ConvertAll(f => f with { Law = f.Law with { Cautions = [.. data.Cautions, .. f.Law.Cautions] } });
        var laws = fits.ConvertAll(f =>
            f.Law.ToLaw(
                metric,
                "learning rates",
                "none",
                new(source, f.Law.Fit.Problem.Points.Count, data.Hash, data.LeftOut),
                output.Version,
                output.CommandLine
            )
        );
        output.Write(
            new ScheduleReport(fits, laws, metric, data.Position),
            new(source, data.Hash, fits.Sum(f => f.Law.Fit.Problem.Points.Count), data.LeftOut, null)
        );
    }

    private static (string Source, string Metric, ScheduledData Data) Read(ParseResult parse, LawForm form)
    {
        var burnIn = parse.GetValue(FitOptions.BurnIn) ?? RunCurves.DefaultBurnIn;
        if (parse.GetValue(FitOptions.Table) is not { } table)
        {
            var (root, metrics) = (parse.GetRequiredValue(FitOptions.Runs), parse.GetRequiredValue(FitOptions.Metric));
            return metrics is [var metric]
                ? (root, metric, ScheduledRuns.Read(root, metric, burnIn))
                : throw CommandMistakes.ScheduleAnd(form.Name, "several metrics");
        }
        var columns = TablePoints.ParseColumns(
            parse.GetValue(FitOptions.Columns) ?? throw CommandMistakes.NoColumns(),
            form
        );
        var data = ScheduledTable.Read(table, columns, parse.GetRequiredValue(FitOptions.Where), form, burnIn);
        return (table, columns["L"].Name, data);
    }
}
