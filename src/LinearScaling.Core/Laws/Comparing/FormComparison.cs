using LinearScaling.Laws.Forms;
using LinearScaling.Laws.Parametric;

namespace LinearScaling.Laws.Comparing;

/// <summary>What one form makes of the rows that all were fitted to.</summary>
/// <param name="Objective">The minimised sum.</param>
/// <param name="HeldOut">How well it predicts the top half-decade without it.</param>
public sealed record FormScore(
    LawForm Form,
    double Objective,
    double RSquared,
    InformationCriteria Criteria,
    Extrapolation? HeldOut
);

/// <summary>Several forms fitted to the same rows under the same loss.</summary>
/// <param name="Name">The group: an architecture, or the table's name.</param>
/// <param name="Loss">What every form minimised.</param>
/// <param name="Points">Rows fitted.</param>
/// <param name="Rows">How many of them count as independent in likelihoods: the runs that they come from.</param>
/// <param name="Scores">In the order the forms were named.</param>
/// <param name="Nested">A likelihood-ratio test for each pair of which one is a special case of the other.</param>
/// <param name="Rolling">The forms' errors at each next budget; null with fewer than three steps.</param>
public sealed record FormComparison(
    string Name,
    FitLoss Loss,
    int Points,
    double Rows,
    IReadOnlyList<FormScore> Scores,
    IReadOnlyList<NestedTest> Nested,
    RollingHoldOut? Rolling,
    IReadOnlyList<Caution> Cautions
)
{
    /// <param name="analyses">One for each form, of one group.</param>
    /// <exception cref="LinearScalingException">They differ in loss or rows.</exception>
    public static FormComparison Compare(IReadOnlyList<LawAnalysis> analyses)
    {
        var first = analyses[0].Fit.Problem;
        foreach (var a in analyses)
            if (a.Fit.Problem.Loss != first.Loss || !a.Fit.Problem.Points.SequenceEqual(first.Points))
                throw LawMistakes.OtherRows(analyses[0].Fit.Form.Name, a.Fit.Form.Name);
        var (points, loss) = (first.Points.Count, first.Loss);
        // Points of one run say the same again: only runs are known to be independent.
        double rows = first.Points.Select(o => o.Cluster).Distinct().Count();
        List<FormScore> scores =
        [
            .. analyses.Select(a => new FormScore(
                a.Fit.Form,
                a.Fit.Objective,
                a.Fit.RSquared,
                InformationCriteria.Measure(loss, a.Fit.Objective, points, rows, a.Fit.Problem.FreeParameters),
                a.Extrapolation
            )),
        ];
        List<NestedTest> nested = [.. NestedTest.All([.. analyses.Select(a => a.Fit)], rows)];
        return new(
            analyses[0].Name,
            loss,
            points,
            rows,
            scores,
            nested,
            RollingHoldOut.Measure([.. analyses.Select(a => a.Fit)]),
            [
                .. nested
                    .Where(t => t.Ratio < -0.01)
                    .Select(t => new Caution(
                        "not_the_minimum",
                        $"{t.Within} ended above {t.Form}, which it holds: its minimum was not found, or its bounds "
                            + $"keep it away"
                    )),
            ]
        );
    }
}
