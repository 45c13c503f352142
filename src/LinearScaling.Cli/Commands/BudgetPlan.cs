using LinearScaling.Cli.Reports;
using LinearScaling.Configuration;
using LinearScaling.Laws;

namespace LinearScaling.Cli.Commands;

/// <summary>How a law would spend a compute budget: <c>lcs plan --budget 1e21 --law FILE</c>.</summary>
internal static class BudgetPlan
{
    /// <param name="law">A law.json, or the name of a published law.</param>
    public static Allocation Optimize(double flops, string law) => Find(law).Optimal(flops);

    /// <summary>The law's name, its optimum and what it rests on.</summary>
    public static string Text(double flops, string law)
    {
        var found = Find(law);
        var best = found.Optimal(flops);
        var table = new TextTable("", "optimum", "95 %");
        table.Add("parameters N", Numbers.Short(best.N), Numbers.ShortSpan(best.NInterval));
        table.Add("tokens D", Numbers.Short(best.D), Numbers.ShortSpan(best.DInterval));
        table.Add("tokens a parameter", Numbers.Short(best.D / best.N), "-");
        table.Add(found.Metric, Numbers.Fixed(best.Loss), Numbers.Span(best.LossInterval));
        return string.Join(
            '\n',
            [
                $"{Numbers.Short(flops)} FLOPs ({found.Convention}), {Numbers.Short(flops / ComputeLaw.PfDay)} "
                    + $"PFLOP/s-days, by {found.Name}: {found.Equation}",
                table.ToString().TrimEnd(),
                .. found.Cautions.Select(c => $"not to be trusted: {c.Text}"),
            ]
        );
    }

    private static Law Find(string law)
    {
        if (File.Exists(law))
            return Law.Load(law);
        if (law.EndsWith(".json", StringComparison.Ordinal) || law.Contains('/'))
            throw new LinearScalingException($"--law: {law}: no such file; lcs fit writes law.json files");
        var laws = PublishedLaws
            .All.Values.SelectMany(all => all)
            .ToDictionary(l => l.Name.Replace("shen2024 ", "shen2024-", StringComparison.Ordinal));
        return laws.TryGetValue(law, out var found)
            ? found
            : throw new LinearScalingException(
                "--law: no such file, and " + NearestNames.Unknown("published law", law, laws.Keys)
            );
    }
}
