using LinearScaling.Laws.Forms;
using LinearScaling.Laws.Parametric;
using MathNet.Numerics;

namespace LinearScaling.Laws.Comparing;

/// <summary>Whether a form's larger relative describes the same rows better than chance would let it.</summary>
/// <param name="Form">The special case.</param>
/// <param name="Within">The larger form.</param>
/// <param name="Constraints">What the special case fixes.</param>
/// <param name="AtBound">How many of those at the end of their range.</param>
/// <param name="Ratio">Twice the log-likelihood that the larger form gains, over its misfit; infinite
/// where it leaves no residual.</param>
/// <param name="PValue">Probability of a gain at least as large if the special case were true.</param>
public sealed record NestedTest(string Form, string Within, int Constraints, int AtBound, double Ratio, double PValue)
{
    /// <summary>The test of each form against each other one that holds it, fitted to the same rows.</summary>
    /// <param name="rows">How many rows count as independent.</param>
    internal static IEnumerable<NestedTest> All(IReadOnlyList<ParametricFit> fits, double rows)
    {
        var forms = fits.Select(f => f.Form).ToList();
        InformationCriteria Criteria(int i) =>
            InformationCriteria.Measure(
                fits[i].Problem.Loss,
                fits[i].Objective,
                fits[i].Problem.Points.Count,
                rows,
                fits[i].Problem.FreeParameters
            );
        double Ratio(int small, int large) =>
            Criteria(large) is var best && Criteria(small).MinusTwoLogLikelihood is var worse && best.Scale > 0
                ? (worse - best.MinusTwoLogLikelihood) / Misfit.Factor(fits[large], best.Scale, rows)
                : double.PositiveInfinity;
        for (var i = 0; i < forms.Count; i++)
        {
            var bounds = 0;
            for (var at = forms[i].NestedIn; at is not null; at = LawForm.Named(at.Form).NestedIn)
            {
                bounds += at.AtBound;
                for (var j = 0; j < forms.Count; j++)
                    if (forms[j].Name == at.Form)
                    {
                        var (constraints, gained) = (
                            fits[j].Problem.FreeParameters - fits[i].Problem.FreeParameters,
                            Ratio(i, j)
                        );
                        yield return new(
                            forms[i].Name,
                            forms[j].Name,
                            constraints,
                            bounds,
                            gained,
                            Probability(gained, constraints, bounds)
                        );
                    }
            }
        }
    }

    /// <summary>Probability of a ratio at least this large under the special case: chi-squared, where bounds are met a
    /// mixture in which each of them counts half of the time.</summary>
    public static double Probability(double ratio, int constraints, int atBound)
    {
        if (!(ratio > 0))
            return 1;
        var sum = 0.0;
        for (var k = 0; k <= atBound; k++)
            if (constraints - k is > 0 and var degrees) // with none left, the ratio is 0
                sum += SpecialFunctions.Binomial(atBound, k) * Likelihood.PValue(ratio, degrees);
        return sum / Math.Pow(2, atBound);
    }
}
