using LinearScaling.Laws.Forms;
using LinearScaling.Laws.Parametric;
using LinearScaling.Laws.Scheduled;

namespace LinearScaling.Tests.Laws.Scheduled;

/// <summary>The losses that the authors' own fit ships with (arXiv 2408.11029): 20,000 steps at 2e-4, constant and
/// cosine to 0 after a warm-up of 500, every 1,000 steps.</summary>
public class AnnealingTests
{
    private static readonly double[] Cosine =
    [
        3.6696358,
        3.3254106,
        3.1908393,
        3.1158533,
        3.0604768,
        3.020384,
        2.9880967,
        2.9612265,
        2.9395165,
        2.9195616,
        2.9030452,
        2.8881907,
        2.8767889,
        2.8654318,
        2.8565135,
        2.8489892,
        2.843639,
        2.8398669,
        2.8380618,
        2.8376071,
    ];

    private static readonly double[] Constant =
    [
        3.6714418,
        3.325626,
        3.1884103,
        3.111947,
        3.058354,
        3.0211415,
        2.9874816,
        2.96082,
        2.9406552,
        2.9241402,
        2.9054413,
        2.8942103,
        2.8807929,
        2.8702695,
        2.862175,
        2.8530996,
        2.8448784,
        2.8383856,
        2.8326995,
        2.8294308,
    ];

    private static readonly double[] Law = [2.6, 0.4, 0.5, 0.4];

    private static double Rate(int step, bool cosine) =>
        step <= 500 ? 2e-4 * Math.Min(1, step / 500.0)
        : cosine ? 1e-4 * (1 + Math.Cos(Math.PI * (step - 500) / 19500))
        : 2e-4;

    [Fact]
    public void The_law_is_the_authors_sum()
    {
        var (sum, momentum, area) = (0.0, 0.0, 0.0);
        for (var step = 1; step <= 20000; step++)
        {
            var (rate, before) = (Rate(Math.Max(step, 500), true), Rate(Math.Max(step - 1, 500), true));
            sum += rate;
            momentum = 0.999 * momentum + before - rate;
            area += momentum;
            if (step % 1000 == 0)
                Assert.Equal(
                    Law[0] + Law[1] * Math.Pow(sum, -Law[2]) - Law[3] * area,
                    new Annealing().Predict(Law, Curve(true).Place(step)),
                    1e-6
                );
        }
    }

    [Fact]
    public void It_explains_the_authors_losses()
    {
        var fit = ParametricFit.Fit(
            new Annealing(),
            [.. Curve(true).Observations(0), .. Curve(false).Observations(1)],
            starts: 24
        );
        Assert.InRange(fit.RSquared, 0.999, 1);
        Assert.InRange(fit.Problem.Residuals(fit.P).Max(Math.Abs), 0, 0.01);
        Assert.InRange(fit["C"], 0.1, 1.5);
        Assert.True(fit.Certificate.PromisedDecrease < 1e-8);
    }

    private static ScheduledCurve Curve(bool cosine) =>
        new(
            cosine ? "cosine" : "constant",
            "",
            new(Enumerable.Range(1, 20000).Select(s => ((double)s, Rate(s, cosine)))),
            [.. (cosine ? Cosine : Constant).Select((y, i) => new StepValue(1000 * (i + 1), y))]
        );
}
