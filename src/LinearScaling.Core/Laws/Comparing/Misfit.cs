using LinearScaling.Laws.Parametric;

namespace LinearScaling.Laws.Comparing;

/// <summary>How much more a fit scatters than it would if its residuals had the density that its loss stands for: a
/// likelihood ratio is too large by that factor.</summary>
/// <remarks>
/// <para>With psi the loss's slope and s its scale, the factor is E[psi^2] / (s E[psi']); both are equal where the
/// density is right. Divided by it, the ratio is Ronchetti's robust test (Heritier and Ronchetti 1994), which keeps its
/// level whatever the residuals are: for normal ones Huber's loss with a small delta would reject 1.6 times too
/// large a ratio.</para>
/// <para>Where Huber's loss bends within the scatter, E[psi'] is the density of residuals at 0 times the jump of the
/// slope; it is counted within a window that narrows with the fifth root of their number. As many of the smallest
/// residuals as there are parameters are left out, since the fit itself brings them to 0.</para>
/// </remarks>
internal static class Misfit
{
    /// <param name="scale">The fitted s of exp(-loss / s).</param>
    /// <param name="independent">How many points count as independent.</param>
    public static double Factor(ParametricFit fit, double scale, double independent)
    {
        var (loss, points) = (fit.Problem.Loss, fit.Problem.Points);
        var rows = fit
            .Problem.Residuals(fit.P)
            .Zip(points, (r, o) => (Residual: r, o.Weight))
            .OrderBy(r => Math.Abs(r.Residual))
            .Skip((int)Math.Round(fit.Problem.FreeParameters * points.Count / independent))
            .ToList();
        if (rows.Count == 0)
            return 1;
        var spread = ResidualScatter.NormalOverMedian * Math.Abs(rows[rows.Count / 2].Residual);
        var window = spread * Math.Pow(independent, -0.2);
        double Bend(double r) =>
            loss.Delta is { } delta && delta < window
                ? Math.Abs(r) <= window
                    ? (loss.Evaluate(delta).Slope - loss.Evaluate(-delta).Slope) / (2 * window)
                    : 0
                : loss.Curvature(r).Second;
        var squares = rows.Average(r => Math.Pow(r.Weight * loss.Evaluate(r.Residual).Slope, 2));
        var bends = rows.Average(r => r.Weight * Bend(r.Residual));
        return squares / (scale * bends) is var factor && double.IsFinite(factor) && factor > 0 ? factor : 1;
    }
}
