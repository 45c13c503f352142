using LinearScaling.Laws.Comparing;
using LinearScaling.Laws.Parametric;
using LinearScaling.Laws.Points;

namespace LinearScaling.Laws.Links;

/// <summary>How well both steps, fitted without the top half-decade of compute, predict it.</summary>
/// <param name="FromFlops">Rows from here on were held out.</param>
/// <param name="Reach">Largest compute held out over the largest fitted.</param>
/// <param name="Loss">The first step's errors: the loss from N and D.</param>
/// <param name="Link">The second step's: the metric from the loss as measured.</param>
/// <param name="Metric">Those of both: the metric from N and D.</param>
public sealed record TwoStepHoldOut(
    double FromFlops,
    double Reach,
    PredictionErrors Loss,
    PredictionErrors Link,
    PredictionErrors Metric
)
{
    /// <summary>Null where too few rows remain on either side.</summary>
    /// <param name="link">As it was fitted to all rows.</param>
    internal static TwoStepHoldOut? Measure(ParametricFit surface, ParametricFit link)
    {
        var top = link.Problem.Points.Max(o => o.C);
        var limit = top / Math.Sqrt(10);
        List<Observation> Below(ParametricFit fit) => [.. fit.Problem.Points.Where(o => o.C < limit)];
        var (first, second) = (Below(surface), Below(link));
        var above = link.Problem.Points.Where(o => o.C >= limit).ToList();
        if (!(top > 0) || above.Count == 0 || TooFew(surface, first) || TooFew(link, second))
            return null;
        var loss = surface.Again(first);
        var metric = link.Again(second);
        return new(
            limit,
            top / second.Max(o => o.C),
            PredictionErrors.Measure(above.Select(o => (loss.Predict(o), o.X)))!,
            PredictionErrors.Measure(above.Select(o => (metric.Predict(o), o.Y)))!,
            PredictionErrors.Measure(
                above.Select(o => (LinkLaw.Value(link.Form, metric.Coefficients, loss.Predict(o)), o.Y))
            )!
        );
    }

    private static bool TooFew(ParametricFit fit, List<Observation> rows) =>
        rows.Count < fit.Problem.FreeParameters + 2;
}
