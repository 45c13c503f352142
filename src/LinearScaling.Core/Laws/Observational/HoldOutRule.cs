using System.Globalization;

namespace LinearScaling.Laws.Observational;

/// <summary>Which models are kept out of a fit, to be predicted by it: any that one of the conditions names.</summary>
/// <remarks>A model whose compute or date is not known may lie on either side, so it is held out, as in the authors'
/// code.</remarks>
/// <param name="Cutoff">Those with more training FLOPs.</param>
/// <param name="Since">Those released on this day or later.</param>
/// <param name="Models">Those of these names.</param>
public sealed record HoldOutRule(double? Cutoff, DateOnly? Since, IReadOnlyList<string> Models)
{
    /// <summary>The share of models that is fitted where no rule is given.</summary>
    private const double DefaultShare = 0.8;

    /// <summary>The fifth with the most compute, of those that have the target.</summary>
    public static HoldOutRule? Default(IEnumerable<ScoredModel> models)
    {
        var flops = models.Where(m => m.HasFlops && m.HasTarget).Select(m => m.Flops).Order().ToList();
        return flops.Count < 5 ? null : new(flops[(int)(DefaultShare * flops.Count) - 1], null, []);
    }

    public string Description =>
        string.Join(
            "; ",
            new[]
            {
                Cutoff is { } c
                    ? string.Create(
                        CultureInfo.InvariantCulture,
                        $"more than {c:0.###e+0} FLOPs, or of unknown compute"
                    )
                    : null,
                Since is { } s ? $"released since {s:yyyy-MM-dd}, or at an unknown date" : null,
                Models.Count > 0 ? "named" : null,
            }.OfType<string>()
        );

    public bool HoldsOut(ScoredModel model) =>
        (Cutoff is { } cutoff && !(model.Flops <= cutoff))
        || (Since is { } since && !(model.Released < since))
        || Models.Contains(model.Name);
}
