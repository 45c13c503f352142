using LinearScaling.Cli.Reports;
using LinearScaling.Laws;

namespace LinearScaling.Cli.Commands.Planning;

/// <summary>What a plan asks of a law far outside the points that it was fitted to: answered, since it was asked, with
/// a caution.</summary>
internal static class LawReach
{
    /// <summary>One for the answer and one for the runs to rank, where they lie too far outside; none for laws that do
    /// not say between what their points lie.</summary>
    public static IReadOnlyList<Caution> Cautions(LawPlan plan)
    {
        if (plan.Law.FittedRange is not { } range)
            return [];
        var (n, d) = plan.Budget is { } budget ? (budget.N, budget.D) : (plan.Deployment!.N, plan.Deployment.D);
        // Of a deployment's compute the training is what the law knows.
        var flops = plan.Budget?.Flops ?? plan.Law.Rule.Flops(n, d);
        var far = new List<Caution>();
        if (range.Outside(n, d, flops).ToList() is { Count: > 0 } answer)
            far.Add(
                new(
                    "outside",
                    "the answer lies more than two decades outside the points that the law was fitted to: "
                        + string.Join(
                            "; ",
                            answer.Select(q =>
                                $"{q.Name} {Numbers.Short(q.Value)}, fitted from {Numbers.Short(q.Range.Low)} to "
                                + Numbers.Short(q.Range.High)
                            )
                        )
                )
            );
        var runs = plan.Next?.Ranked.Where(r => range.Outside(r.N, r.D, r.Flops).Any()).ToList() ?? [];
        if (runs.Count > 0)
            far.Add(
                new(
                    "candidates_outside",
                    $"{runs.Count} of the {plan.Next!.Ranked.Count} runs to choose from lie more than two decades "
                        + $"outside the points that the law was fitted to, the first N {Numbers.Short(runs[0].N)}, "
                        + $"D {Numbers.Short(runs[0].D)}: what they would narrow rests on the form alone"
                )
            );
        return far;
    }
}
