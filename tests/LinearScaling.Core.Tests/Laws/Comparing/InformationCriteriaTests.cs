using LinearScaling.Laws.Comparing;
using LinearScaling.Laws.Numerics;
using LinearScaling.Laws.Parametric;

namespace LinearScaling.Tests.Laws.Comparing;

/// <summary>AIC and BIC against values computed by hand and by brute force.</summary>
public class InformationCriteriaTests
{
    [Fact]
    public void Squared_residuals_have_the_likelihood_of_a_normal_distribution()
    {
        // 10 residuals whose squares sum to 0.9: sigma^2 = 0.09, -2 ln L = 10 (ln(2 pi 0.09) + 1) = 4.299315
        var found = InformationCriteria.Measure(FitLoss.LogSquared, 0.9, 10, 10, 2);
        Assert.Equal(4.2993146, found.MinusTwoLogLikelihood, 1e-6);
        Assert.Equal(4.2993146 + 6, found.Aic, 1e-6);
        Assert.Equal(4.2993146 + 3 * 2.3025851, found.Bic, 1e-6);
    }

    [Fact]
    public void Hubers_residuals_have_the_likelihood_of_hubers_density()
    {
        foreach (var delta in new[] { 1e-3, 1e-2, 0.1 })
        {
            var loss = new FitLoss(true, delta);
            var random = new SeededRandom(1);
            double[] residuals = [.. Enumerable.Range(0, 50).Select(_ => 0.01 * random.Normal())];
            var objective = residuals.Sum(r => loss.Evaluate(r).Value);
            // By brute force: the best of many scales, each density normalised by adding up thin bars.
            var best = double.PositiveInfinity;
            for (var s = objective / 50 / 2; s < objective / 50 * 4; s *= 1.01)
            {
                const double bar = 2e-5;
                var integral = 0.0;
                for (var r = -0.5; r < 0.5; r += bar)
                    integral += bar * Math.Exp(-loss.Evaluate(r).Value / s);
                best = Math.Min(best, 2 * 50 * Math.Log(integral) + 2 * objective / s);
            }
            Assert.Equal(best, InformationCriteria.Measure(loss, objective, 50, 50, 5).MinusTwoLogLikelihood, 5e-3);
        }
    }

    [Fact]
    public void A_small_delta_is_laplace_and_a_large_one_normal()
    {
        double[] residuals = [0.01, -0.02, 0.03, 0.015, -0.005];
        double At(double delta) =>
            InformationCriteria
                .Measure(new(true, delta), residuals.Sum(r => new FitLoss(true, delta).Evaluate(r).Value), 5, 5, 2)
                .MinusTwoLogLikelihood;
        Assert.Equal(2 * 5 * (Math.Log(2 * residuals.Average(Math.Abs)) + 1), At(1e-8), 1e-4);
        Assert.Equal(5 * (Math.Log(2 * Math.PI * residuals.Sum(r => r * r) / 5) + 1), At(1), 1e-4);
    }

    [Fact]
    public void Rows_that_are_half_as_many_count_half()
    {
        var (all, half) = (
            InformationCriteria.Measure(FitLoss.LogHuber, 0.003, 40, 40, 5),
            InformationCriteria.Measure(FitLoss.LogHuber, 0.003, 40, 20, 5)
        );
        Assert.Equal(all.MinusTwoLogLikelihood / 2, half.MinusTwoLogLikelihood, 1e-9);
        Assert.Equal(6 * Math.Log(2), all.Bic - all.Aic - (half.Bic - half.Aic), 1e-9);
    }
}
