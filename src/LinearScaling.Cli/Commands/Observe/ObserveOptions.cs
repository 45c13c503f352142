using System.CommandLine;
using System.Globalization;
using LinearScaling.Cli.CommandLine;
using LinearScaling.Laws.Observational;

namespace LinearScaling.Cli.Commands.Observe;

/// <summary>The options of <c>lcs observe</c>.</summary>
internal static class ObserveOptions
{
    public static Option<string> Table { get; } =
        new("--table")
        {
            Description = "A CSV, JSONL or Parquet table with a row a model.",
            HelpName = "file",
            Required = true,
        };

    public static Option<string> Columns { get; } =
        new("--columns")
        {
            Description =
                "The table's columns, as model=Model,family=Family,C=FLOPs; roles: model, family, C (training FLOPs), "
                + "date (of release); C may be times a number, as C=FLOPs (1E21)*1e21.",
            HelpName = "role=column,...",
            Required = true,
        };

    public static Option<string> Benchmarks { get; } =
        new("--benchmarks")
        {
            Description =
                "Columns of scores from 0 to 1 that the components are made of, as MMLU,ARC-C; MMLU/100 for percent.",
            HelpName = "column,...",
            Required = true,
        };

    public static Option<string?> Target { get; } =
        new("--target")
        {
            Description = "A metric from 0 to 1 to predict from the components; it is none of the benchmarks then.",
            HelpName = "column",
        };

    public static Option<string[]> Where { get; } =
        new("--where")
        {
            Description = "Only rows of the table that meet this, as Family=OPT or C<1e24; repeatable.",
            DefaultValueFactory = _ => [],
            HelpName = "condition",
        };

    public static Option<double?> Chance { get; } =
        new("--chance")
        {
            Description =
                "What guessing scores on the target; without it the sigmoid's floor is fitted, from 0 to 0.2.",
            HelpName = "share",
            CustomParser = result =>
            {
                var text = result.Tokens[^1].Value;
                if (
                    double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var share)
                    && share is >= 0 and < 1
                )
                    return share;
                result.AddError($"--chance: expected a share from 0 up to, but not, 1, got '{text}'");
                return null;
            },
        };

    public static Option<double?> Cutoff { get; } =
        CliOptions.PositiveNumber(
            "--cutoff",
            "Hold out models with more training FLOPs than this, or of unknown compute; by default the fifth with the "
                + "most."
        );

    public static Option<DateOnly?> Since { get; } =
        new("--since")
        {
            Description = "Hold out models released on this day or later, or at an unknown date; needs date=COLUMN.",
            HelpName = "yyyy-mm-dd",
            CustomParser = result =>
            {
                var text = result.Tokens[^1].Value;
                if (
                    DateOnly.TryParseExact(
                        text,
                        "yyyy-MM-dd",
                        CultureInfo.InvariantCulture,
                        DateTimeStyles.None,
                        out var day
                    )
                )
                    return day;
                result.AddError($"--since: expected a date as 2024-05-31, got '{text}'");
                return null;
            },
        };

    public static Option<string[]> HoldOut { get; } =
        new("--hold-out")
        {
            Description = "Hold out the model of this name; repeatable.",
            DefaultValueFactory = _ => [],
            HelpName = "model",
        };

    public static Option<string?> Reference { get; } =
        new("--reference")
        {
            Description = "The family in whose FLOPs all are measured, by default the one that spans most models.",
            HelpName = "family",
        };

    public static Option<string> Resample { get; } =
        new Option<string>("--resample")
        {
            Description = "What the bootstrap draws: families or models.",
            DefaultValueFactory = _ => "families",
        }.AcceptOnlyFromAmong("families", "models");

    public static Option<int?> Draws { get; } =
        CliOptions.PositiveInt("--draws", $"Bootstrap draws, by default {ObservationalOptions.DefaultDraws}.");

    public static Option<string?> Output { get; } =
        new("--output", "-o")
        {
            Description = "Where report, plots and law go; by default observed beside the table.",
            HelpName = "dir",
        };

    public static Option<bool> Json { get; } =
        new("--json") { Description = "Print the law as JSON in place of the tables." };

    public static IReadOnlyList<Option> All { get; } =
    [
        Table,
        Columns,
        Benchmarks,
        Target,
        Where,
        Chance,
        Cutoff,
        Since,
        HoldOut,
        Reference,
        Resample,
        Draws,
        Output,
        Json,
    ];
}
