using LinearScaling.Laws.Numerics;
using MathNet.Numerics.Distributions;

namespace LinearScaling.Laws.Parametric;

/// <summary>The likelihood behind a loss, its scale fitted: normal residuals for squared loss, Laplace for Huber with a
/// small delta.</summary>
public static class Likelihood
{
    /// <summary>Twice the log-likelihood gained between two sums of residual losses over <paramref name="points"/>
    /// points.</summary>
    public static double Ratio(FitLoss loss, int points, double worse, double better) =>
        (loss.Delta is null ? 1 : 2) * points * Math.Log(worse / better);

    /// <summary>
    /// Twice the log-likelihood by which the best coefficients beat given ones. For Huber's loss both are judged by
    /// their mean absolute residual, which the maximum-likelihood coefficients minimise (Besiroglu et al., arXiv
    /// 2404.10102, appendix).
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
            given.Sum(Math.Abs),
            fit.Problem.Residuals(LeastAbsolute(fit)).Sum(Math.Abs)
        );
    }

    /// <summary>Probability of a ratio at least this large where <paramref name="constraints"/> true constraints were
    /// tested.</summary>
    public static double PValue(double ratio, int constraints) => 1 - ChiSquared.CDF(constraints, Math.Max(0, ratio));

    /// <summary>The maximum-likelihood coefficients under Laplace residuals, in fit space: Huber's delta lowered by
    /// steps, each from the last one's end.</summary>
    public static double[] LeastAbsolute(ParametricFit fit)
    {
        var p = fit.P;
        for (var delta = fit.Problem.Loss.Delta ?? 1e-3; delta > 2e-8; delta /= 3)
        {
            var minimizer = new Minimizer(
                new FitProblem(fit.Form, fit.Problem.Points, fit.Problem.Loss with { Delta = delta })
            );
            p = minimizer.Polish(minimizer.Descend(p, 400, 1e-15)).P;
        }
        return p;
    }
}
