using LinearScaling.Laws.Parametric;
using LinearScaling.Laws.Points;

namespace LinearScaling.Laws;

/// <summary>How well a law fitted without the largest compute predicts it.</summary>
/// <param name="FromFlops">Points from here on were held out.</param>
/// <param name="Reach">Largest compute held out over the largest compute fitted.</param>
/// <param name="MeanError">Mean of predicted / measured - 1 over the points held out.</param>
/// <param name="WorstError">The largest in size.</param>
public sealed record Extrapolation(double FromFlops, int HeldOut, double Reach, double MeanError, double WorstError)
{
    /// <summary>Holds out the top half-decade of compute (of x, for laws without compute); null where too few points
    /// remain on either side.</summary>
    public static Extrapolation? Measure(ParametricFit fit)
    {
        var known = fit.Problem.Points.All(o => o.C > 0); // else by x: against a loss, that would hold out the worst
        double At(Observation o) => fit.Form.OfX && !known ? o.X : o.C;
        if (fit.Problem.Points.Any(o => !(At(o) > 0)))
            return null;
        var top = fit.Problem.Points.Max(At);
        var limit = top / Math.Sqrt(10);
        var (below, above) = (
            fit.Problem.Points.Where(o => At(o) < limit).ToList(),
            fit.Problem.Points.Where(o => At(o) >= limit).ToList()
        );
        if (below.Count < fit.Problem.FreeParameters + 2 || above.Count == 0)
            return null;
        var partial = fit.Again(below);
        var errors = above.ConvertAll(o => partial.Predict(o) / o.Y - 1);
        return new(limit, above.Count, top / below.Max(At), errors.Average(), errors.MaxBy(Math.Abs));
    }
}
