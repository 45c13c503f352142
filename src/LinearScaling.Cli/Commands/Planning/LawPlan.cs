using System.Text.Json;
using System.Text.Json.Nodes;
using LinearScaling.Configuration;
using LinearScaling.Laws;
using LinearScaling.Laws.Forms;
using LinearScaling.Laws.Numerics;
using LinearScaling.Laws.Planning;

namespace LinearScaling.Cli.Commands.Planning;

/// <summary>A metric that follows from the loss, at the planned size.</summary>
/// <param name="Interval">95 %, of both steps.</param>
internal sealed record PlannedMetric(string Metric, double Value, Interval? Interval);

/// <summary>What a law says about a model to be made: <c>lcs plan --law FILE</c> with <c>--budget</c> or
/// <c>--target-loss</c>.</summary>
/// <param name="TargetLoss">The loss to be reached; null where a budget is spent.</param>
/// <param name="Budget">Training alone, for a budget; otherwise there is a <paramref name="Deployment"/>.</param>
/// <param name="Metrics">Those that the law has links to.</param>
/// <param name="OffOptimum">Models of other sizes; empty where the law is no surface.</param>
/// <param name="Next">The runs that would narrow the prediction, where they were asked for.</param>
/// <param name="TooDear">Runs left out since they cost more than was affordable.</param>
internal sealed record LawPlan(
    Law Law,
    double? TargetLoss,
    Allocation? Budget,
    Deployment? Deployment,
    IReadOnlyList<PlannedMetric> Metrics,
    IReadOnlyList<OffOptimum> OffOptimum,
    NextExperiment? Next,
    int TooDear
)
{
    public static LawPlan Make(
        Law law,
        double? budget,
        double? loss,
        double? served,
        double? affordable,
        IReadOnlyList<(double N, double D)>? candidates
    )
    {
        var surface = LawForm.Named(law.Form).OfNAndD || loss is not null || served is not null ? law.Surface() : null;
        var tokens = served ?? 0;
        var allocation = loss is null && served is null ? law.Optimal(budget!.Value) : null;
        var deployment =
            allocation is not null ? null
            : loss is null ? Deployment.Spend(surface!, budget!.Value, tokens)
            : Deployment.Reach(surface!, loss.Value, tokens);
        var off =
            surface is null ? []
            : loss is null ? Laws.Planning.OffOptimum.AroundBudget(surface, budget!.Value, tokens)
            : Laws.Planning.OffOptimum.AroundLoss(surface, loss.Value, tokens);
        var (n, d) = allocation is null ? (deployment!.N, deployment.D) : (allocation.N, allocation.D);
        List<PlannedMetric> metrics =
        [
            .. from link in law.Links
            let at = link.Predict(law, n, d)
            select new PlannedMetric(link.Metric, at.Value, at.Interval),
        ];
        if (affordable is null && candidates is null)
            return new(law, loss, allocation, deployment, metrics, off, null, 0);
        surface ??= law.Surface();
        var runs =
            candidates?.Where(r => !(law.Rule.Flops(r.N, r.D) > affordable)).ToList()
            ?? NextExperiment.Grid(surface, affordable!.Value);
        if (runs.Count == 0)
            throw CommandMistakes.NoneAffordable(affordable!.Value);
        return new(
            law,
            loss,
            allocation,
            deployment,
            metrics,
            off,
            NextExperiment.Rank(law, n, d, runs),
            candidates is null ? 0 : candidates.Count - runs.Count
        );
    }

    /// <param name="law">A law.json, or the name of a published law.</param>
    public static Law Find(string law)
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

    /// <summary>The optimum's figures, and beside them what else was found.</summary>
    public JsonObject Json(JsonSerializerOptions options)
    {
        JsonNode Node(object value) => JsonSerializer.SerializeToNode(value, options)!;
        var root = Node(Budget is null ? Deployment! : Budget).AsObject();
        if (Metrics.Count > 0)
            root["metrics"] = Node(Metrics);
        if (OffOptimum.Count > 0)
            root["off_optimum"] = Node(OffOptimum);
        if (Next is not null)
            root["next_experiment"] = Node(Next);
        if (LawReach.Cautions(this) is { Count: > 0 } cautions)
            root["cautions"] = Node(cautions);
        return root;
    }
}
