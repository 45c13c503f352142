using System.Globalization;
using LinearScaling.Configuration;

namespace LinearScaling.Laws.Observational;

/// <summary>What can be wrong with a table of scores, in words a user can act on.</summary>
internal static class ObservationalMistakes
{
    public static LinearScalingException NoRole(string role) =>
        new(
            $"--columns: {role} is missing; name all three, as "
                + "\"model=Model,family=Model Family,C=FLOPs (1E21)*1e21\""
        );

    public static LinearScalingException TooFewBenchmarks(string? target) =>
        new(
            "--benchmarks: components need two benchmarks or more"
                + (target is null ? "" : $" besides the target {target}")
                + ", as MMLU,ARC-C,HellaSwag"
        );

    public static LinearScalingException TooFewModels(string path, int models, int benchmarks) =>
        new($"{path}: {models} models with scores cannot tell components of {benchmarks} benchmarks; more are needed");

    public static LinearScalingException NotAShare(string path, string model, string column, double score) =>
        new(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{path}: model '{model}': {column} is {score:G6}; scores are shares from 0 to 1 (those above chance "
                    + $"alone may be negative): of percent write {column}/100"
            )
        );

    public static LinearScalingException NotFlops(string path, string model, string column, double flops) =>
        new(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{path}: model '{model}': {column} is {flops:G6}; C is a positive number of training FLOPs, or empty"
            )
        );

    public static LinearScalingException NotADate(string place, string text) =>
        new($"{place}: expected a date as 2024-05-31 or 2024-05, got '{text}'");

    public static LinearScalingException NoLine(string family, ScoreTable table, IEnumerable<string> lines) =>
        table.Models.Any(m => m.Family == family)
            ? new(
                $"--reference {family}: has fewer than {FamilyLine.FewestModels} models of known, different compute; "
                    + $"families with a line: {string.Join(", ", lines)}"
            )
            : new($"--reference: {NearestNames.Unknown("family", family, table.Models.Select(m => m.Family))}");

    public static LinearScalingException NoModel(string name, ScoreTable table) =>
        new($"--hold-out: {NearestNames.Unknown("model", name, table.Models.Select(m => m.Name))}");

    public static LinearScalingException TooFewTargets(string target, int models, int needed) =>
        new($"--target {target}: only {models} models have it; {needed} or more are needed");

    public static LinearScalingException NoHoldOut(string rule, int fitted, int needed, int heldOut) =>
        new(
            $"hold-out ({rule}): leaves {fitted} models with the target to fit, where {needed} are needed, and "
                + $"{heldOut} to predict, where 1 is; choose another --cutoff, --since or --hold-out"
        );

    /// <summary>Every benchmark must differ between models, or it says nothing.</summary>
    public static void RequireScores(ScoreTable table, IReadOnlyList<double> weights, string place)
    {
        for (var j = 0; j < table.Benchmarks.Count; j++)
        {
            var scores = table
                .Models.Where((m, i) => weights[i] > 0 && !double.IsNaN(m.Scores[j]))
                .Select(m => m.Scores[j])
                .ToList();
            if (scores.Distinct().Count() < 2)
                throw new LinearScalingException(
                    $"{place}: {table.Benchmarks[j]} has {scores.Count} scores and no two that differ; leave it out of "
                        + "--benchmarks"
                );
        }
    }
}
