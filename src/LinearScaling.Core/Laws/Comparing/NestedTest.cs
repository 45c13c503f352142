using LinearScaling.Laws.Forms;
using LinearScaling.Laws.Parametric;

namespace LinearScaling.Laws.Comparing;

/// <summary>Whether a form's larger relative describes the same rows better than chance would let it.</summary>
/// <param name="Form">The special case.</param>
/// <param name="Within">The larger form.</param>
/// <param name="Constraints">What the special case fixes.</param>
/// <param name="AtBound">How many of those at the end of their range.</param>
/// <param name="Ratio">Twice the log-likelihood that the larger form gains, over its misfit, by as many rows as would
/// be independent; infinite where it leaves no residual, null where too few runs say how far their rows depend on each
/// other.</param>
/// <param name="PValue">Probability of a gain at least as large if the special case were true.</param>
public sealed record NestedTest(string Form, string Within, int Constraints, int AtBound, double? Ratio, double? PValue)
{
    /// <summary>The test of each form against each other one that holds it, fitted to the same rows.</summary>
    internal static IEnumerable<NestedTest> All(IReadOnlyList<ParametricFit> fits)
    {
        var forms = fits.Select(f => f.Form).ToList();
        for (var i = 0; i < forms.Count; i++)
        {
            var bounds = 0;
            for (var at = forms[i].NestedIn; at is not null; at = LawForm.Named(at.Form).NestedIn)
            {
                bounds += at.AtBound;
                for (var j = 0; j < forms.Count; j++)
                    if (forms[j].Name == at.Form)
                        yield return Between(fits[i], fits[j], bounds);
            }
        }
    }

    private static NestedTest Between(ParametricFit special, ParametricFit larger, int atBound)
    {
        var points = larger.Problem.Points.Count;
        InformationCriteria Criteria(ParametricFit fit) =>
            InformationCriteria.Measure(fit.Problem.Loss, fit.Objective, points, points, fit.Problem.FreeParameters);
        var (worse, better) = (Criteria(special), Criteria(larger));
        var constraints = larger.Problem.FreeParameters - special.Problem.FreeParameters;
        var test =
            better.Scale > 0
                ? DesignEffect
                    .OfTest(special, larger)
                    .Test(
                        (worse.MinusTwoLogLikelihood - better.MinusTwoLogLikelihood)
                            / Misfit.Factor(larger, better.Scale, IndependentRows(larger)),
                        constraints,
                        atBound,
                        []
                    )
                : new(double.PositiveInfinity, 0);
        return new(special.Form.Name, larger.Form.Name, constraints, atBound, test.Ratio, test.PValue);
    }

    /// <summary>How many rows would tell as much if they were independent; where too few runs tell that, as many as
    /// there are runs.</summary>
    internal static double IndependentRows(ParametricFit fit) =>
        DesignEffect.Measure(fit).EffectiveRows ?? fit.Problem.Points.Select(o => o.Cluster).Distinct().Count();
}
