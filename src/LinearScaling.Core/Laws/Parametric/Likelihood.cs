using LinearScaling.Laws.Numerics;
using MathNet.Numerics;

namespace LinearScaling.Laws.Parametric;

/// <summary>The likelihood behind a loss, its scale fitted: normal residuals for squared loss, Laplace for Huber with a
/// small delta.</summary>
public static class Likelihood
{
    /// <summary>Twice the log-likelihood gained between two sums of residual losses over <paramref name="points"/>
    /// points.</summary>
    public static double Ratio(FitLoss loss, int points, double worse, double better) =>
        (loss.Delta is null ? 1 : 2) * points * Math.Log(worse / better);

    /// <summary>The test of given coefficients against the best ones, by as many rows as are independent.</summary>
    public static LikelihoodTest Against(ParametricFit fit, IReadOnlyList<double> coefficients) =>
        DesignEffect.Measure(fit).Test(RatioAgainst(fit, coefficients), fit.Problem.FreeParameters);

    /// <summary>
    /// Twice the log-likelihood by which the best coefficients beat given ones, every row taken as independent. For
    /// Huber's loss both are judged by their mean absolute residual, which the maximum-likelihood coefficients minimise
    /// (Besiroglu et al., arXiv 2404.10102, appendix).
    /// </summary>
    public static double RatioAgainst(ParametricFit fit, IReadOnlyList<double> coefficients)
    {
        var given = fit.Problem.Residuals(fit.Form.ToFitSpace(coefficients));
        if (fit.Problem.Loss.Delta is null)
            return Ratio(
                fit.Problem.Loss,
                given.Length,
                given.Sum(r => r * r),
                fit.Problem.Residuals(fit.P).Sum(r => r * r)
            );
        return Ratio(
            fit.Problem.Loss,
            given.Length,
            given.Sum(fit.Problem.Loss.Absolute),
            fit.Problem.Residuals(LeastAbsolute(fit)).Sum(fit.Problem.Loss.Absolute)
        );
    }

    /// <summary>Probability of a ratio at least this large where <paramref name="constraints"/> true constraints were
    /// tested.</summary>
    /// <remarks>The upper tail itself: one less the lower one is 0 from 1e-16 on.</remarks>
    public static double PValue(double ratio, double constraints) =>
        SpecialFunctions.GammaUpperRegularized(constraints / 2, Math.Max(0, ratio) / 2);

    /// <summary>The maximum-likelihood coefficients under Laplace residuals, in fit space: Huber's delta lowered by
    /// steps, each from the last one's end.</summary>
    public static double[] LeastAbsolute(ParametricFit fit)
    {
        var p = fit.P;
        for (var delta = fit.Problem.Loss.Delta ?? 1e-3; delta > 2e-8; delta /= 3)
        {
            var minimizer = new Minimizer(fit.Problem.With(fit.Problem.Loss with { Delta = delta }));
            p = minimizer.Polish(minimizer.Descend(p, 400, 1e-15)).P;
        }
        return p;
    }
}
