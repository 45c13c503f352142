using LinearScaling.Laws.Numerics;
using LinearScaling.Laws.Parametric;
using MathNet.Numerics;

namespace LinearScaling.Laws.Comparing;

/// <summary>
/// What a fit's likelihood is worth after its parameters are paid for. The likelihood is that of the residuals (of ln y
/// or of y, as the loss has them), whose density is exp(-loss / s) with the scale s fitted: normal for squared
/// residuals, Huber's (1964) for his loss.
/// </summary>
/// <remarks>
/// With n independent rows and the objective S (a sum over m points), z(s) the density's integral:
/// -2 ln L = 2 n min over s of [ln z(s) + S / (m s)], which is n [ln(2 pi RSS / m) + 1] for squared residuals, and
/// near 2 n [ln(2 mean |r|) + 1], Laplace's, for Huber's loss with a small delta. AIC = -2 ln L + 2 p (Akaike, 1974)
/// and BIC = -2 ln L + p ln n (Schwarz, 1978), where p counts the form's parameters and s. Weights of rows add a
/// constant that is left out: forms are compared on the same rows.
/// </remarks>
/// <param name="MinusTwoLogLikelihood">-2 ln L; -infinity where the residuals are all 0.</param>
/// <param name="Scale">The fitted s; 0 where the residuals are all 0.</param>
public sealed record InformationCriteria(double MinusTwoLogLikelihood, double Aic, double Bic, double Scale)
{
    /// <param name="objective">The minimised sum.</param>
    /// <param name="points">How many residuals it sums.</param>
    /// <param name="rows">How many of them count as independent.</param>
    /// <param name="parameters">Of the form.</param>
    public static InformationCriteria Measure(FitLoss loss, double objective, int points, double rows, int parameters)
    {
        var (least, scale) = Least(loss, objective / points);
        var fit = 2 * rows * least;
        return new(fit, fit + 2 * (parameters + 1), fit + (parameters + 1) * Math.Log(rows), scale);
    }

    /// <summary>The least of ln z(s) + mean / s, by golden section over ln s, and where it is.</summary>
    private static (double Least, double Scale) Least(FitLoss loss, double mean)
    {
        if (mean <= 0)
            return (double.NegativeInfinity, 0);
        double At(double logS) => LogIntegral(loss, Math.Exp(logS)) + mean * Math.Exp(-logS);
        // The best s lies between the mean loss (exponential tails) and twice that (normal).
        var best = GoldenSection.Minimize(At, Math.Log(mean) - 1, Math.Log(mean) + 2, 1e-9);
        return (At(best), Math.Exp(best));
    }

    /// <summary>ln of the integral of exp(-loss(r) / s) over all r: half of it on either side of 0, where a loss may
    /// weigh residuals differently.</summary>
    private static double LogIntegral(FitLoss loss, double s)
    {
        double Whole(double scale) =>
            loss.Delta is not { } delta
                ? Math.Sqrt(Math.PI * scale)
                : Math.Sqrt(2 * Math.PI * scale) * SpecialFunctions.Erf(delta / Math.Sqrt(2 * scale))
                    + 2 * scale / delta * Math.Exp(-delta * delta / (2 * scale));
        var over = loss.Evaluate(-1).Value / loss.Evaluate(1).Value;
        return Math.Log(0.5 * (Whole(s) + Whole(s / over)));
    }
}
