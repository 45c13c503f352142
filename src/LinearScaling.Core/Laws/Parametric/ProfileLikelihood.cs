using LinearScaling.Laws.Numerics;

namespace LinearScaling.Laws.Parametric;

/// <summary>How much worse the best fit becomes when one parameter is fixed at other values.</summary>
/// <param name="Points">The fixed value and twice the log-likelihood lost, in ascending order of value.</param>
/// <param name="Interval">Where no more than 3.84 is lost; an end is infinite where the profile stays below that, up to
/// the form's bound.</param>
/// <param name="FoundBetter">Whether fixing the parameter elsewhere gave a better fit, so that the given one was not
/// the minimum.</param>
/// <param name="DesignEffect">So many rows count as one.</param>
public sealed record ProfileLikelihood(
    string Parameter,
    IReadOnlyList<(double Value, double Lost)> Points,
    Interval Interval,
    bool FoundBetter,
    double DesignEffect
)
{
    private const double LostAt95 = 3.841458820694124;

    /// <param name="expected">A guess of the interval's ends; a step is an eighth of the distance to the end on its
    /// side.</param>
    /// <param name="designEffect">As <see cref="DesignEffect.ForParameter"/>: so many rows tell as much as one that is
    /// independent.</param>
    public static ProfileLikelihood Trace(
        ParametricFit fit,
        string parameter,
        Interval expected,
        double designEffect = 1
    )
    {
        var index = fit.Form.Parameters.ToList().FindIndex(q => q.Name == parameter);
        var logScale = fit.Form.Parameters[index].LogScale;
        var (least, most) = fit.Problem.Bounds[index];
        double Reach(double end) => Math.Abs(Math.Clamp(logScale ? Math.Log(end) : end, least, most) - fit.P[index]);
        var (down, up) = (Reach(expected.Low), Reach(expected.High));
        var held = new bool[fit.P.Length];
        held[index] = true;
        var minimizer = new Minimizer(fit.Problem, held);
        var points = new List<(double Value, double Lost)> { (fit.Coefficients[index], 0) };
        double Walk(int direction)
        {
            var step =
                (
                    direction < 0
                        ? down > 0
                            ? down
                            : up
                        : up > 0
                            ? up
                            : down
                ) / 8;
            var (p, last) = (fit.P, (At: fit.P[index], Lost: 0.0));
            for (var k = 1; k <= 40; k++)
            {
                var from = (double[])p.Clone();
                from[index] = fit.P[index] + direction * k * step;
                if (from[index] < least || from[index] > most)
                    break;
                var found = minimizer.Polish(minimizer.Descend(from, 200, 1e-12), 10);
                var lost =
                    Likelihood.Ratio(fit.Problem.Loss, fit.Problem.Points.Count, found.Objective, fit.Objective)
                    / designEffect;
                points.Add((logScale ? Math.Exp(from[index]) : from[index], lost));
                if (lost >= LostAt95)
                {
                    // The profile is nearly a parabola: its square root is nearly straight.
                    var (a, b) = (Math.Sqrt(Math.Max(0, last.Lost)), Math.Sqrt(lost));
                    var at = last.At + (from[index] - last.At) * (Math.Sqrt(LostAt95) - a) / (b - a);
                    return logScale ? Math.Exp(at) : at;
                }
                (p, last) = (found.P, (from[index], lost));
            }
            return direction * double.PositiveInfinity;
        }
        var interval = new Interval(Walk(-1), Walk(1));
        return new(
            parameter,
            [.. points.OrderBy(q => q.Value)],
            interval,
            points.Exists(q => q.Lost < -1e-6),
            designEffect
        );
    }
}
