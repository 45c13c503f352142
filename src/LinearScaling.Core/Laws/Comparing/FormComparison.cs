using LinearScaling.Laws.Forms;
using LinearScaling.Laws.Parametric;

namespace LinearScaling.Laws.Comparing;

/// <summary>What one form makes of the rows that all were fitted to.</summary>
/// <param name="Parameters">Those that are fitted.</param>
/// <param name="Objective">The minimised sum.</param>
/// <param name="HeldOut">How well it predicts the top half-decade without it.</param>
public sealed record FormScore(
    LawForm Form,
    int Parameters,
    double Objective,
    double RSquared,
    InformationCriteria Criteria,
    Extrapolation? HeldOut
);

/// <summary>Several forms fitted to the same rows under the same loss.</summary>
/// <param name="Name">The group: an architecture, or the table's name.</param>
/// <param name="Loss">What every form minimised.</param>
/// <param name="Points">Rows fitted.</param>
/// <param name="Rows">How many rows would tell as much if they were independent; as many as there are runs, where
/// those are too few to tell.</param>
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
        // One number for all, or their criteria could not be compared: by the form with the most parameters, whose
        // residuals hold the least of what a form misses (Burnham and Anderson, 2002, for overdispersion).
        var rows = NestedTest.IndependentRows(analyses.MaxBy(a => a.Fit.Problem.FreeParameters)!.Fit);
        List<FormScore> scores =
        [
            .. analyses.Select(a => new FormScore(
                a.Fit.Form,
                a.Fit.Problem.FreeParameters,
                a.Fit.Objective,
                a.Fit.RSquared,
                InformationCriteria.Measure(loss, a.Fit.Objective, points, rows, a.Fit.Problem.FreeParameters),
                a.Extrapolation
            )),
        ];
        double Criterion(string form) => scores.Find(s => s.Form.Name == form)!.Criteria.MinusTwoLogLikelihood;
        List<NestedTest> nested = [.. NestedTest.All([.. analyses.Select(a => a.Fit)])];
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
                    .Where(t => Criterion(t.Within) > Criterion(t.Form) + 0.01)
                    .Select(t => new Caution(
                        "not_the_minimum",
                        $"{t.Within} ended above {t.Form}, which it holds: its minimum was not found, or its bounds "
                            + $"keep it away"
                    )),
            ]
        );
    }
}
