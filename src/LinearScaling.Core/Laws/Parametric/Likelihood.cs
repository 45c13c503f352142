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
    /// tested: chi-squared, where bounds are met a mixture in which each of them counts half of the time (Self and
    /// Liang, 1987).</summary>
    /// <remarks>The upper tail itself: one less the lower one is 0 from 1e-16 on.</remarks>
    /// <param name="atBound">How many of the constraints hold a parameter at its bound.</param>
    /// <param name="variance">Squared coefficient of variation of the rows' dependence over the constraints, of which
    /// that many fewer then count (Rao and Scott, 1984).</param>
    public static double PValue(double ratio, int constraints, int atBound = 0, double variance = 0)
    {
        if (ratio <= 0)
            return 1;
        var (sum, spread) = (0.0, 1 + variance);
        for (var k = 0; k <= atBound; k++)
            if (constraints - k is > 0 and var degrees) // with none left, the ratio is 0
                sum +=
                    SpecialFunctions.Binomial(atBound, k)
                    * SpecialFunctions.GammaUpperRegularized(degrees / spread / 2, ratio / spread / 2);
        return sum / Math.Pow(2, atBound);
    }

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
