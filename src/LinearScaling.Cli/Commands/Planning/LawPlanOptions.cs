using System.CommandLine;
using System.Globalization;
using LinearScaling.Cli.CommandLine;

namespace LinearScaling.Cli.Commands.Planning;

/// <summary>The options of <c>lcs plan</c> that ask a law.</summary>
internal static class LawPlanOptions
{
    public static Option<double?> Budget { get; } =
        CliOptions.PositiveNumber(
            "--budget",
            "Show how a law would spend this compute, in FLOPs of the law's convention."
        );

    public static Option<double?> TargetLoss { get; } =
        CliOptions.PositiveNumber("--target-loss", "Show the least compute that reaches this loss by a law.");

    public static Option<double?> Served { get; } =
        CliOptions.PositiveNumber(
            "--served",
            "Count the compute of serving so many tokens too, a third of training's a token: 6 N D + 2 N x served."
        );

    public static Option<double?> Affordable { get; } =
        CliOptions.PositiveNumber(
            "--affordable",
            "Rank runs of up to so many FLOPs by how much each would narrow the prediction."
        );

    public static Option<IReadOnlyList<(double N, double D)>?> Candidates { get; } =
        new("--candidates")
        {
            Description = "The runs to rank, as N:D, parameters and tokens, in place of a grid below --affordable.",
            HelpName = "n:d,...",
            CustomParser = result =>
            {
                var runs = new List<(double N, double D)>();
                foreach (var text in result.Tokens[^1].Value.Split(','))
                {
                    var parts = text.Split(':');
                    if (parts.Length == 2 && Number(parts[0]) is { } n && Number(parts[1]) is { } d)
                        runs.Add((n, d));
                    else
                    {
                        result.AddError($"--candidates: expected runs as 1e8:2e9,2e8:4e9, got '{text}'");
                        return null;
                    }
                }
                return runs;
            },
        };

    public static Option<string?> Law { get; } =
        new("--law")
        {
            Description =
                "The law to plan by: a law.json of lcs fit, or hoffmann2022, epoch2024, kaplan2020, shen2024-ARCH.",
            HelpName = "file",
        };

    public static IReadOnlyList<Option> All { get; } = [Budget, TargetLoss, Law, Served, Affordable, Candidates];

    /// <summary>What the command line asks of a law; null where it asks nothing.</summary>
    public static LawPlan? Read(ParseResult parse)
    {
        if (All.FirstOrDefault(o => parse.GetResult(o) is not null) is not { } first)
            return null;
        var (budget, loss) = (parse.GetValue(Budget), parse.GetValue(TargetLoss));
        if (parse.GetValue(Law) is not { } law)
            throw CommandMistakes.Lacks(first.Name, Law.Name);
        if (budget is null && loss is null)
            throw CommandMistakes.Lacks(
                new Option[] { Served, Affordable, Candidates, Law }
                    .First(o => parse.GetResult(o) is not null)
                    .Name,
                $"{Budget.Name} or {TargetLoss.Name}"
            );
        if (budget is not null && loss is not null)
            throw CommandMistakes.BudgetAndLoss();
        return LawPlan.Make(
            LawPlan.Find(law),
            budget,
            loss,
            parse.GetValue(Served),
            parse.GetValue(Affordable),
            parse.GetValue(Candidates)
        );
    }

    private static double? Number(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
        && value > 0
        && double.IsFinite(value)
            ? value
            : null;
}
