using System.CommandLine;
using System.Globalization;
using LinearScaling.Cli.CommandLine;

namespace LinearScaling.Cli.Commands;

/// <summary>The options of <c>lcs fit</c>.</summary>
internal static class FitOptions
{
    public static Option<string[]> Metric { get; } =
        new("--metric")
        {
            Description =
                "What to fit: val_loss, train_loss, or any metric of eval.jsonl; with --via repeatable, or all.",
            DefaultValueFactory = _ => ["val_loss"],
        };

    public static Option<string> Runs { get; } =
        new("--runs")
        {
            Description = "Directory with runs at or below it.",
            DefaultValueFactory = _ => "runs",
            HelpName = "dir",
        };

    public static Option<string?> Table { get; } =
        new("--table") { Description = "A CSV, JSONL or Parquet table to fit in place of runs.", HelpName = "file" };

    public static Option<string?> Columns { get; } =
        new("--columns")
        {
            Description =
                "The table's columns, as N=params,D=tokens,L=loss, also times or divided by a number, as N=size*1e9; "
                + "roles: N, D, C, L (the metric), X, run, group, SE, weight, budget, via (the loss that metrics "
                + "follow from, as with --via); other names where the form reads them.",
            HelpName = "role=column,...",
        };

    public static Option<string[]> Where { get; } =
        new("--where")
        {
            Description = "Only rows of the table that meet this, as dataset=rpj or C<1e21; repeatable.",
            DefaultValueFactory = _ => [],
            HelpName = "condition",
        };

    public static Option<int?> DropWorst { get; } =
        CliOptions.PositiveInt("--drop-worst", "Leave out so many rows of each group with the highest metric.");

    public static Option<string?> BestPer { get; } =
        new("--best-per")
        {
            Description =
                "Of rows of a group that are equal in these roles, as N,D, keep the one with the lowest metric: for "
                + "tables with a row for each learning rate.",
            HelpName = "role,...",
        };

    public static Option<string?> Approach { get; } =
        new("--approach")
        {
            Description =
                "Approaches of Hoffmann et al. to fit, in one report: 1 (envelope of whole curves), 2 (a parabola a "
                + "budget), 3 (a surface over N and D, see --law), as 2,3 or all.",
            HelpName = "1,2,3",
        };

    public static Option<string?> Law { get; } =
        new("--law")
        {
            Description =
                $"Parametric form: {string.Join(", ", LinearScaling.Laws.Forms.LawForm.Variants.Names)}; without it "
                + $"runs, and tables with several rows a run, are fitted by the compute envelope. Several with commas "
                + "are compared on the same rows.",
            HelpName = "form,...",
        };

    public static Option<string?> Against { get; } =
        new("--against")
        {
            Description = "For forms of one variable: another metric of the same checkpoints in place of compute.",
            HelpName = "metric",
        };

    public static Option<string?> Via { get; } =
        new("--via")
        {
            Description =
                "Fit --metric in two steps: a law L(N, D) of this loss, by --law, then a link from the loss to each "
                + "metric, by --link; intervals carry both.",
            HelpName = "loss",
        };

    public static Option<string?> Link { get; } =
        new("--link")
        {
            Description =
                "The second step of --via: sigmoid (unless you say otherwise), or another form of one variable.",
            HelpName = "form",
        };

    public static Option<string?> Loss { get; } =
        new("--loss")
        {
            Description =
                $"What residuals cost: {string.Join(", ", LinearScaling.Laws.Parametric.FitLoss.Named.Keys)} "
                + $"(log-huber with dear overestimates); by default as suits the form.",
            HelpName = "loss",
        };

    public static Option<double?> Delta { get; } =
        Number("--delta", "Where Huber's loss bends, by default 1e-3.", v => v > 0, "a positive number");

    public static Option<double?> Overestimates { get; } =
        Number(
            "--overestimates",
            "With --loss asymmetric: how many times as much a law above the point costs, by default 10.",
            v => v > 0 && double.IsFinite(v),
            "a positive number"
        );

    public static Option<string[]> Fix { get; } =
        new("--fix")
        {
            Description = "Give a coefficient of the law, as E=1.6, and fit the others; repeatable.",
            DefaultValueFactory = _ => [],
            HelpName = "name=value",
        };

    public static Option<string[]> Overlay { get; } =
        new("--overlay")
        {
            Description = "Published laws to draw: kaplan2020, hoffmann2022, epoch2024, shen2024; repeatable.",
            DefaultValueFactory = _ => [],
            HelpName = "name",
        };

    public static Option<int?> Starts { get; } =
        CliOptions.PositiveInt("--starts", "Starting points of a parametric fit, by default 500.");

    public static Option<int?> Draws { get; } =
        CliOptions.PositiveInt(
            "--draws",
            "Bootstrap draws, by default 4000 of a parametric fit and 1000 of approaches 1 and 2."
        );

    public static Option<string?> Output { get; } =
        new("--output", "-o")
        {
            Description =
                "Where report, plots and laws go; by default fits/<metric> below --runs, or fits beside the table.",
            HelpName = "dir",
        };

    public static Option<string?> Convention { get; } =
        new("--convention")
        {
            Description =
                "How compute counts: paper, exact, 6nd or palm; by default 6nd for tables, paper for runs, or exact "
                + "where the paper has no formula for one of them.",
            HelpName = "name",
        };

    public static Option<double?> BurnIn { get; } =
        Number(
            "--burn-in",
            "Fraction of each run's tokens left out at its start, by default 0.02.",
            v => v is >= 0 and < 1,
            "a fraction from 0 up to, but not, 1"
        );

    public static Option<bool> Json { get; } =
        new("--json") { Description = "Print the laws as JSON in place of the tables." };

    public static IReadOnlyList<Option> All { get; } =
    [
        Metric,
        Runs,
        Table,
        Columns,
        Where,
        DropWorst,
        BestPer,
        Approach,
        Law,
        Against,
        Via,
        Link,
        Loss,
        Delta,
        Overestimates,
        Fix,
        Overlay,
        Starts,
        Draws,
        Output,
        Convention,
        BurnIn,
        Json,
    ];

    private static Option<double?> Number(string name, string description, Func<double, bool> holds, string expected) =>
        new(name)
        {
            Description = description,
            HelpName = "x",
            CustomParser = result =>
            {
                if (
                    double.TryParse(
                        result.Tokens[^1].Value,
                        NumberStyles.Float,
                        CultureInfo.InvariantCulture,
                        out var value
                    ) && holds(value)
                )
                    return value;
                result.AddError($"{name}: expected {expected}, got '{result.Tokens[^1].Value}'");
                return null;
            },
        };
}
