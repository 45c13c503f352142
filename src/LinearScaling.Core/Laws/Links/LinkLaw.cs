using LinearScaling.Laws.Forms;
using LinearScaling.Laws.Numerics;
using LinearScaling.Laws.Points;

namespace LinearScaling.Laws.Links;

/// <summary>Coefficients of both steps, refitted to the same resampled runs.</summary>
/// <param name="Surface">Of the law of the loss, in its form's order.</param>
/// <param name="Link">Of the link, in its form's order.</param>
public sealed record JointDraw(IReadOnlyList<double> Surface, IReadOnlyList<double> Link);

/// <summary>A metric as a function of the loss, as it is saved in <c>law.json</c> with the law of that loss.</summary>
/// <param name="Metric">What it predicts.</param>
/// <param name="Form">The link's form, as <c>sigmoid</c>.</param>
/// <param name="Intervals">95 % by coefficient, from the joint bootstrap.</param>
/// <param name="Loss">What the link minimised.</param>
/// <param name="Draws">Some of the joint bootstrap's draws, for intervals that carry the uncertainty of both steps: a
/// covariance would not do, since a sigmoid that has not reached its ends spreads far from normally.</param>
public sealed record LinkLaw(
    string Metric,
    string Form,
    string Equation,
    IReadOnlyDictionary<string, double> Coefficients,
    IReadOnlyDictionary<string, Interval> Intervals,
    IReadOnlyDictionary<string, double> StandardErrors,
    string Loss,
    double Objective,
    double RSquared,
    int Points,
    TwoStepHoldOut? HeldOut,
    IReadOnlyList<JointDraw> Draws,
    IReadOnlyList<Caution> Cautions
)
{
    /// <summary>So many draws are saved.</summary>
    public const int SavedDraws = 200;

    /// <summary>The metric at a loss.</summary>
    public double At(double loss) =>
        LawForm.Named(Form) is var form
            ? Value(form, [.. form.Parameters.Select(q => Coefficients[q.Name])], loss)
            : double.NaN;

    /// <summary>The metric of a model of N parameters trained on D tokens, with the interval of both steps.</summary>
    /// <param name="law">The law of the loss that this link was saved with, a surface L(N, D).</param>
    public (double Value, Interval? Interval) Predict(Law law, double n, double d)
    {
        var (surface, form) = (LawForm.Named(law.Form), LawForm.Named(Form));
        var at = Observation.At(n, d, 0);
        return (
            At(surface.Predict([.. surface.Parameters.Select(q => law.Coefficients[q.Name])], at)),
            Interval.Percentile(Draws.Select(j => Value(form, j.Link, surface.Predict(j.Surface, at))))
        );
    }

    /// <summary>A link's form at a loss.</summary>
    internal static double Value(LawForm form, IReadOnlyList<double> coefficients, double loss) =>
        form.Predict(coefficients, Observation.OfX(loss, 0));

    /// <summary>Draws at even distances, at most as many as are saved.</summary>
    internal static IEnumerable<T> Thinned<T>(IReadOnlyList<T> draws) =>
        Enumerable
            .Range(0, Math.Min(SavedDraws, draws.Count))
            .Select(i => draws[(int)((long)i * draws.Count / Math.Min(SavedDraws, draws.Count))]);
}
