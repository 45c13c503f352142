using LinearScaling.Laws.Numerics;

namespace LinearScaling.Laws.Observational;

/// <summary>All that is said of a table of scores: components, a line a family, equivalent compute, and a target
/// predicted from the components (arXiv 2405.10938).</summary>
/// <param name="Table">What it was fitted to.</param>
/// <param name="Space">Components of all models.</param>
/// <param name="Places">Each model's place along them.</param>
/// <param name="Lines">Of the first component, by family; those of most models first.</param>
/// <param name="Reference">The reference family's line of the capability; null where no family has one.</param>
/// <param name="Target">The target's sigmoid; null where none is asked for.</param>
/// <param name="HoldOut">How that predicts models it was not fitted to; null without one.</param>
/// <param name="Equivalents">By model; empty without a reference.</param>
/// <param name="Cautions">Reasons not to trust it.</param>
public sealed record ObservationalAnalysis(
    ScoreTable Table,
    CapabilitySpace Space,
    IReadOnlyList<double[]> Places,
    IReadOnlyList<FamilyLine> Lines,
    FamilyLine? Reference,
    TargetFit? Target,
    HoldOut? HoldOut,
    IReadOnlyList<EquivalentCompute> Equivalents,
    IReadOnlyList<Caution> Cautions
)
{
    internal IReadOnlyList<ObservationalDraw> Draws { get; init; } = [];

    public int DrawCount => Draws.Count;

    /// <summary>What is turned into compute: the target's combination of components, or the first component where there
    /// is no target.</summary>
    public double Capability(int model) => Capability(Places[model], Target);

    /// <summary>95 % of the share of variance of a component.</summary>
    public Interval? ExplainedInterval(int component) => Over(d => d.Explained[component]);

    public Interval? LoadingInterval(int component, int benchmark) => Over(d => d.Loadings[component][benchmark]);

    /// <summary>95 % of the slope of <see cref="Lines"/>[<paramref name="line"/>].</summary>
    public Interval? SlopeInterval(int line) => Over(d => d.Slopes[line]);

    /// <summary>95 % of floor (0), intercept (1) or a weight (2 and on) of the target.</summary>
    public Interval? CoefficientInterval(int coefficient) =>
        Target is null ? null : Over(d => d.Coefficients[coefficient]);

    /// <exception cref="LinearScalingException">A family or model that options name is not there, or too few models
    /// have the target.</exception>
    public static ObservationalAnalysis Analyze(ScoreTable table, ObservationalOptions options)
    {
        var models = table.Models;
        var rows = models.Select(m => m.Scores).ToList();
        double[] all = [.. models.Select(_ => 1.0)];
        foreach (var name in options.HoldOut?.Models ?? [])
            if (!models.Any(m => m.Name == name))
                throw ObservationalMistakes.NoModel(name, table);
        var space = CapabilitySpace.Fit(rows, all);
        var places = rows.ConvertAll(space.Place);
        var lines = Families(models)
            .Select(f => FamilyLine.Fit(f, Capabilities(models, f, i => places[i][0])))
            .OfType<FamilyLine>()
            .OrderByDescending(l => l.Models)
            .ThenBy(l => l.Family, StringComparer.Ordinal)
            .ToList();
        if (options.Reference is { } named && !lines.Any(l => l.Family == named))
            throw ObservationalMistakes.NoLine(named, table, lines.Select(l => l.Family));

        var target = table.Target is null ? null : FitTarget(table, places, options);
        var rule = target is null ? null : options.HoldOut ?? HoldOutRule.Default(models);
        var holdOut = rule is null ? null : HoldOut.Try(table, rule, options);
        var capabilities = places.ConvertAll(p => Capability(p, target));
        var reference = ReferenceFamily.Choose(
            lines
                .Where(l => options.Reference is null || l.Family == options.Reference)
                .Select(l => FamilyLine.Fit(l.Family, Capabilities(models, l.Family, i => capabilities[i]))!),
            capabilities
        );
        var draws = ModelDraws.Each(
            table,
            all,
            options,
            (weights, random) => Drawn(table, space, lines, reference, target, weights, random)
        );
        var analysis = new ObservationalAnalysis(
            table,
            space,
            places,
            lines,
            reference,
            target,
            holdOut,
            reference is null ? [] : Equivalent(table, places, reference, target, draws),
            []
        )
        {
            Draws = draws,
        };
        return analysis with { Cautions = [.. ObservationalCautions.Find(analysis, options)] };
    }

    private Interval? Over(Func<ObservationalDraw, double> value) => Interval.Percentile(Draws.Select(value));

    private static double Capability(double[] place, TargetFit? target) => target?.Combination(place) ?? place[0];

    private static IEnumerable<string> Families(IEnumerable<ScoredModel> models) =>
        models.Select(m => m.Family).Distinct();

    private static List<(double Flops, double Capability)> Capabilities(
        IReadOnlyList<ScoredModel> models,
        string family,
        Func<int, double> capability
    ) =>
        [
            .. Enumerable
                .Range(0, models.Count)
                .Where(i => models[i].Family == family)
                .Select(i => (models[i].Flops, capability(i))),
        ];

    private static List<int> WithTarget(ScoreTable table) =>
        [.. Enumerable.Range(0, table.Models.Count).Where(i => table.Models[i].HasTarget)];

    private static TargetFit FitTarget(ScoreTable table, List<double[]> places, ObservationalOptions options)
    {
        var with = WithTarget(table);
        var needed = TargetFit.Parameters(places[0].Length, options.Chance) + 2;
        return with.Count < needed
            ? throw ObservationalMistakes.TooFewTargets(table.Target!, with.Count, needed)
            : TargetFit.FitTo(
                with.ConvertAll(i => places[i]),
                with.ConvertAll(i => table.Models[i].Target),
                options.Chance
            );
    }

    private static ObservationalDraw Drawn(
        ScoreTable table,
        CapabilitySpace space,
        IReadOnlyList<FamilyLine> lines,
        FamilyLine? reference,
        TargetFit? target,
        double[] weights,
        SeededRandom random
    )
    {
        var models = table.Models;
        var drawn = CapabilitySpace.Fit([.. models.Select(m => m.Scores)], weights, space);
        var places = models.Select(m => drawn.Place(m.Scores)).ToList();
        double Slope(FamilyLine line) =>
            FamilyLine.Fit(line.Family, Capabilities(models, line.Family, i => places[i][0]))!.Draw(random).Slope;
        TargetFit? redrawn = null;
        if (target is not null && WithTarget(table) is var with)
            redrawn = target.Redraw(
                with.ConvertAll(i => places[i]),
                with.ConvertAll(i => models[i].Target),
                with.ConvertAll(i => weights[i])
            );
        var line = reference is null
            ? null
            : FamilyLine
                .Fit(reference.Family, Capabilities(models, reference.Family, i => Capability(places[i], redrawn)))!
                .Draw(random);
        return new(
            drawn.Components.Explained,
            drawn.Components.Directions,
            [.. lines.Select(Slope)],
            line is null ? [] : [.. places.Select(p => line.LogFlopsFor(Capability(p, redrawn)))],
            redrawn is null ? [] : [redrawn.Floor, redrawn.Intercept, .. redrawn.Weights]
        );
    }

    private static List<EquivalentCompute> Equivalent(
        ScoreTable table,
        List<double[]> places,
        FamilyLine reference,
        TargetFit? target,
        IReadOnlyList<ObservationalDraw> draws
    ) =>
        [
            .. table.Models.Select(
                (m, i) =>
                {
                    var log = reference.LogFlopsFor(Capability(places[i], target));
                    return new EquivalentCompute(
                        m.Name,
                        log,
                        Interval.Percentile(draws.Select(d => d.LogEquivalents[i])),
                        !(
                            log >= Math.Log10(reference.FromFlops) - EquivalentCompute.Reach
                            && log <= Math.Log10(reference.ToFlops) + EquivalentCompute.Reach
                        )
                    );
                }
            ),
        ];
}
