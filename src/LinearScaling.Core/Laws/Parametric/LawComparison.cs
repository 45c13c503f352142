using LinearScaling.Laws.Numerics;

namespace LinearScaling.Laws.Parametric;

/// <summary>Two laws of one form against each other.</summary>
/// <param name="Differences">Second minus first, a coefficient, with the interval of independent bootstrap
/// draws.</param>
/// <param name="Test">Of two laws in place of one for all points: twice the log-likelihood gained, and the probability
/// of that gain if one law were true.</param>
public sealed record LawComparison(
    string First,
    string Second,
    IReadOnlyList<(string Name, double Difference, Interval? Interval)> Differences,
    LikelihoodTest Test
)
{
    public static LawComparison Compare(LawAnalysis first, LawAnalysis second)
    {
        var (a, b) = (first.Fit, second.Fit);
        if (
            a.Form.Name != b.Form.Name
            || a.Problem.Loss != b.Problem.Loss
            || a.Problem.Fixed.Except(b.Problem.Fixed).Any()
            || b.Problem.Fixed.Except(a.Problem.Fixed).Any()
        )
            throw LawMistakes.Incomparable(first.Name, second.Name);
        var pairs = first.Bootstrap.Draws.Zip(second.Bootstrap.Draws).ToList();
        var pooled = a.Again([.. a.Problem.Points, .. b.Problem.Points]);
        // Both laws share one residual scale, as the pooled law does.
        var ratio = Likelihood.Ratio(
            a.Problem.Loss,
            pooled.Problem.Points.Count,
            pooled.Objective,
            a.Objective + b.Objective
        );
        return new(
            first.Name,
            second.Name,
            [
                .. a.Form.Parameters.Select(
                    (q, k) =>
                        (
                            q.Name,
                            b.Coefficients[k] - a.Coefficients[k],
                            Interval.Percentile(pairs.Select(p => p.Second[k] - p.First[k]))
                        )
                ),
            ],
            DesignEffect.Measure(a).Test(ratio, a.Problem.FreeParameters, DesignEffect.Measure(b))
        );
    }
}
