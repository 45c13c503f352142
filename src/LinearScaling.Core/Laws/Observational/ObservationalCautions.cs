using System.Globalization;

namespace LinearScaling.Laws.Observational;

/// <summary>Reasons not to trust an observational law.</summary>
internal static class ObservationalCautions
{
    private const int FewModels = 20,
        FewFamilies = 8;

    private const double ManyGaps = 0.2,
        SmallFirst = 0.6,
        GoodTarget = 0.5;

    public static IEnumerable<Caution> Find(ObservationalAnalysis a, ObservationalOptions options) =>
        Table(a, options).Concat(Components(a)).Concat(Lines(a)).Concat(Target(a, options));

    private static IEnumerable<Caution> Table(ObservationalAnalysis a, ObservationalOptions options)
    {
        var (models, benchmarks) = (a.Table.Models, a.Table.Benchmarks);
        if (models.Count < FewModels)
            yield return new("few_models", $"only {models.Count} models: components need {FewModels} or more");
        if (options.ByFamily && a.Table.Families < FewFamilies)
            yield return new(
                "few_families",
                $"only {a.Table.Families} families: intervals draw families, and need {FewFamilies} or more; "
                    + "--resample models draws models, as if those of one family were independent"
            );
        foreach (var name in models.GroupBy(m => m.Name).Where(g => g.Count() > 1))
            yield return new("named_twice", $"{name.Key} stands in {name.Count()} rows and counts as often");
        for (var j = 0; j < benchmarks.Count; j++)
            if (a.Table.Gaps(j) is var gaps && gaps > ManyGaps * models.Count)
                yield return new(
                    "gaps",
                    $"{gaps} of {models.Count} models lack {benchmarks[j]}: there it is what the first component says"
                );
        if (!a.Space.Imputation.Converged)
            yield return new("gaps", "the gaps' values still move: too little is known of some benchmark");
        var known = models.Where(m => m.HasFlops).ToList();
        if (known.Count > 0 && known.Max(m => m.Flops) < 1e15)
            yield return new(
                "units",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"no model has more than {known.Max(m => m.Flops):G4} FLOPs: give C its unit, as COLUMN*1e21"
                )
            );
    }

    private static IEnumerable<Caution> Components(ObservationalAnalysis a)
    {
        var c = a.Space.Components;
        if (c.Explained[0] < SmallFirst)
            yield return new(
                "no_common_factor",
                $"the first component explains {Percent(c.Explained[0])} of the variance: these benchmarks do not "
                    + "measure one capability"
            );
        if (Names(a, j => c.Directions[0][j] < 0) is { Length: > 0 } falling)
            yield return new("mixed_signs", $"falling where the first component rises: {falling}");
        for (var k = 0; k + 1 < a.Space.Count; k++)
            if (
                a.ExplainedInterval(k) is { } first
                && a.ExplainedInterval(k + 1) is { } second
                && first.Low <= second.High
            )
                yield return new(
                    "components_not_separated",
                    $"components {k + 1} and {k + 2} explain nearly the same: their loadings and weights may trade "
                        + "places, what they predict together may not"
                );
    }

    private static IEnumerable<Caution> Lines(ObservationalAnalysis a)
    {
        if (a.Reference is null)
        {
            yield return new(
                "no_line",
                $"no family has {FamilyLine.FewestModels} models of known, different compute: nothing is said of FLOPs"
            );
            yield break;
        }
        if (string.Join(", ", a.Lines.Where(l => l.Slope <= 0).Select(l => l.Family)) is { Length: > 0 } falling)
            yield return new("falling_line", $"the first component does not rise with compute in {falling}");
        if (
            string.Join(
                ", ",
                a.Lines.Where(l => l.Slope > 0 && l.RSquared < ReferenceFamily.GoodLine).Select(l => l.Family)
            ) is
            { Length: > 0 } loose
        )
            yield return new("loose_line", $"R^2 under {ReferenceFamily.GoodLine:0.0} in {loose}");
        if (a.Reference.Models < ReferenceFamily.EnoughModels)
            yield return new(
                "short_reference",
                $"the reference family {a.Reference.Family} has {a.Reference.Models} models of known compute: "
                    + $"equivalent FLOPs need {ReferenceFamily.EnoughModels} or more"
            );
        if (!(a.Reference.Slope > 0) || a.Reference.RSquared < ReferenceFamily.GoodLine)
            yield return new(
                "loose_reference",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"the capability of the reference family {a.Reference.Family} rises by {a.Reference.Slope:G3} a "
                        + $"decade, R^2 {a.Reference.RSquared:F3}: its line cannot be inverted well"
                )
            );
        if (a.Equivalents.Count(e => e.Beyond) is > 0 and var beyond)
            yield return new(
                "beyond_reference",
                $"{beyond} models lie more than {EquivalentCompute.Reach:0} decades outside {a.Reference.Family}'s "
                    + "compute: no equivalent is given"
            );
    }

    private static IEnumerable<Caution> Target(ObservationalAnalysis a, ObservationalOptions options)
    {
        if (a.Target is not { } target)
            yield break;
        var certificate = target.Fit.Certificate;
        if (target.Fit.RSquared < GoodTarget)
            yield return new(
                "explains_little",
                $"the sigmoid explains {Percent(target.Fit.RSquared)} of the variance of {a.Table.Target}"
            );
        if (options.Chance is null && target.Floor >= SigmoidOfComponents.HighestFloor)
            yield return new(
                "floor_at_bound",
                $"the floor ended at its bound, {SigmoidOfComponents.HighestFloor}: where guessing scores more, name "
                    + "it with --chance"
            );
        foreach (var bound in certificate.BoundsHit.Where(b => b != "floor"))
            yield return new(
                "bound_hit",
                $"{bound} of {a.Table.Target} ended at its bound: models fall into two heaps"
            );
        if (2 * certificate.Agreeing < certificate.Polished)
            yield return new(
                "starts_disagree",
                $"only {certificate.Agreeing} of the {certificate.Polished} best starts end at the same objective"
            );
        if (a.HoldOut?.Errors[^1] is not { } errors)
        {
            yield return new("no_hold_out", $"too few models with {a.Table.Target} and known compute to hold any out");
            yield break;
        }
        if (errors.HeldOut < 5)
            yield return new("few_held_out", $"only {errors.HeldOut} models are held out");
        if (errors.Absolute > 2 * errors.FitAbsolute)
            yield return new(
                "extrapolation",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{a.Table.Target} of held-out models is missed by {errors.Absolute:F3} on average, of fitted ones "
                        + $"by {errors.FitAbsolute:F3}"
                )
            );
    }

    private static string Names(ObservationalAnalysis a, Func<int, bool> holds) =>
        string.Join(", ", a.Table.Benchmarks.Where((_, j) => holds(j)));

    private static string Percent(double share) => (100 * share).ToString("0.#", CultureInfo.InvariantCulture) + " %";
}
