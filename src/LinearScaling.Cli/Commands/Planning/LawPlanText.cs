using System.Globalization;
using LinearScaling.Cli.Reports;
using LinearScaling.Laws;
using LinearScaling.Laws.Numerics;
using LinearScaling.Laws.Planning;
using LinearScaling.Laws.Points;

namespace LinearScaling.Cli.Commands.Planning;

/// <summary>A <see cref="LawPlan"/> as a reader sees it.</summary>
internal static class LawPlanText
{
    public static string Format(LawPlan plan) =>
        string.Join(
            '\n',
            [
                .. plan.Budget is { } budget ? Spent(plan, budget) : Deployed(plan, plan.Deployment!),
                .. Off(plan),
                .. Next(plan),
                .. LawReach.Cautions(plan).Select(c => $"not to be trusted: {c.Text}"),
                .. plan.Law.Cautions.Select(c => $"not to be trusted: {c.Text}"),
            ]
        );

    private static IEnumerable<string> Spent(LawPlan plan, Allocation best)
    {
        var law = plan.Law;
        var table = new TextTable("", "optimum", "95 %");
        table.Add("parameters N", Numbers.Short(best.N), Numbers.ShortSpan(best.NInterval));
        table.Add("tokens D", Numbers.Short(best.D), Numbers.ShortSpan(best.DInterval));
        table.Add("tokens a parameter", Numbers.Short(best.D / best.N), "-");
        table.Add(law.Metric, Numbers.Fixed(best.Loss), Numbers.Span(best.LossInterval));
        foreach (var m in plan.Metrics)
            table.Add(m.Metric, Numbers.Fixed(m.Value), Numbers.Span(m.Interval));
        return
        [
            $"{Numbers.Short(best.Flops)} FLOPs ({ComputeOrigin.Words(law.Convention)}), "
                + $"{Numbers.Short(best.Flops / ComputeLaw.PfDay)} PFLOP/s-days, by {law.Name}: {law.Equation}",
            Text(table),
        ];
    }

    private static IEnumerable<string> Deployed(LawPlan plan, Deployment best)
    {
        var (law, alone, served) = (plan.Law, best.TrainedAlone, best.Served > 0);
        var goal = plan.TargetLoss is { } loss
            ? $"{law.Metric} {Numbers.Short(loss)} with the least compute of training"
            : $"{Numbers.Short(best.Flops)} FLOPs of training";
        yield return goal
            + (served ? $" and of serving {Numbers.Short(best.Served)} tokens" : "")
            + $" ({ComputeOrigin.Words(law.Convention)}), by {law.Name}: {law.Equation}";
        var table = new TextTable(served ? ["", "optimum", "95 %", "trained alone"] : ["", "optimum", "95 %"]);
        void Add(string name, double value, Interval? interval, double other) =>
            table.Add([
                name,
                Numbers.Short(value),
                Numbers.ShortSpan(interval),
                .. served ? [Numbers.Short(other)] : (string[])[],
            ]);
        Add("parameters N", best.N, best.NInterval, alone.N);
        Add("tokens D", best.D, best.DInterval, alone.D);
        Add("tokens a parameter", best.D / best.N, null, alone.D / alone.N);
        Add("FLOPs", best.Flops, best.FlopsInterval, alone.Flops);
        if (served)
            Add("of them to serve", best.ServingFlops, null, alone.ServingFlops);
        Add(law.Metric, best.Loss, best.LossInterval, best.Loss);
        foreach (var m in plan.Metrics)
            Add(m.Metric, m.Value, m.Interval, m.Value);
        yield return Text(table);
        if (served)
            yield return "trained alone: of the same loss, and the cheapest to train; over its life it costs "
                + $"{Numbers.Percent(alone.Flops / best.Flops - 1)}";
        if (best.Unreached > 0)
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"by {100 * best.Unreached:0.#} % of the surfaces that the fit leaves possible, no compute reaches it"
            );
    }

    private static IEnumerable<string> Off(LawPlan plan)
    {
        if (plan.OffOptimum.Count == 0)
            yield break;
        var table = new TextTable("size", "N", "D", "D / N", plan.Law.Metric, "95 %", "for the same loss", "95 %");
        foreach (var o in plan.OffOptimum)
            table.Add(
                string.Create(CultureInfo.InvariantCulture, $"{o.Times:0.##} times"),
                Numbers.Short(o.N),
                o.D > 0 ? Numbers.Short(o.D) : "none",
                o.D > 0 ? Numbers.Short(o.D / o.N) : "-",
                o.D > 0 ? Numbers.Fixed(o.Loss) : "-",
                o.D > 0 ? Numbers.Span(o.LossInterval) : "-",
                Compute(o.ExtraCompute),
                o.ExtraComputeInterval is { } i ? $"[{Compute(i.Low)}, {Compute(i.High)}]" : "-"
            );
        yield return "";
        yield return "off the optimum: the loss of the same compute, and what compute the optimum's loss takes on top";
        yield return Text(table);
    }

    private static IEnumerable<string> Next(LawPlan plan)
    {
        if (plan.Next is not { } next)
            yield break;
        var table = new TextTable("N", "D", "FLOPs", "95 % now", "95 % after", "narrower by", "a FLOP");
        foreach (var run in next.Ranked)
            table.Add(
                Numbers.Short(run.N),
                Numbers.Short(run.D),
                Numbers.Short(run.Flops),
                Numbers.Span(next.Now),
                Numbers.Span(run.After),
                Numbers.Short(run.Narrowing),
                Numbers.Short(run.NarrowingPerFlop)
            );
        var most = next.Ranked.MaxBy(run => run.Narrowing)!;
        yield return "";
        yield return $"the next run: what each would narrow the prediction of {plan.Law.Metric} "
            + $"{Numbers.Fixed(next.Loss)} at N {Numbers.Short(next.N)}, D {Numbers.Short(next.D)} by, "
            + "most a FLOP first";
        yield return Text(table);
        yield return $"most of all: N {Numbers.Short(most.N)}, D {Numbers.Short(most.D)}";
        if (plan.TooDear > 0)
            yield return $"left out: {plan.TooDear} of the candidates cost more than --affordable";
    }

    /// <summary>A part of the optimum's compute on top of it.</summary>
    private static string Compute(double extra) =>
        !double.IsFinite(extra) ? "never"
        : extra >= 10 ? $"{Numbers.Short(1 + extra)} times"
        : Numbers.Percent(extra);

    private static string Text(TextTable table) => table.ToString().TrimEnd();
}
