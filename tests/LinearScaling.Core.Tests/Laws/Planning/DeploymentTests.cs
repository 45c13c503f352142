using LinearScaling.Laws.Forms;
using LinearScaling.Laws.Planning;
using LinearScaling.Laws.Points;

namespace LinearScaling.Tests.Laws.Planning;

public class DeploymentTests
{
    private static readonly double[] Hoffmann = [1.69, 406.4, 410.7, .34, .28];

    /// <summary>Sardana et al., arXiv 2401.00448, figure 1: who wants the quality of a compute-optimal 13B model and
    /// expects 2e12 tokens of inference saves 1.7e22 FLOPs, 17 %, with a 7B model.</summary>
    [Fact]
    public void The_published_saving_of_a_7B_over_a_13B_model_comes_out()
    {
        double[] sardana = [1.69, 406.4, 410.7, .336, .283];
        var law = Law(sardana);
        var compute = new LifetimeCompute(FlopsRule.SixNd, 2e12);
        // The tokens of a compute-optimal 13B: alpha A / N^alpha = beta B / D^beta.
        var tokens = Math.Pow(.283 * 410.7 / (.336 * 406.4) * Math.Pow(13e9, .336), 1 / .283);
        var large = compute.Total(13e9, tokens);
        var small = compute.Total(7e9, law.Fitted.TokensFor(law.Loss(13e9, tokens), 7e9));
        Assert.Equal(1.7e22, large - small, 0.05e22);
        Assert.Equal(0.17, 1 - small / large, 0.005);
        var best = Deployment.Reach(law, law.Loss(13e9, tokens), 2e12);
        Assert.True(best.Flops <= small && best.N < 13e9);
        Assert.Equal(1, best.TrainedAlone.N / 13e9, 1e-6);
        Assert.Equal(1, best.TrainedAlone.D / tokens, 1e-6);
        Assert.Equal(1, best.TrainedAlone.Flops / large, 1e-6);
        Assert.Equal(best.Flops, best.TrainingFlops + best.ServingFlops, 1e-9 * best.Flops);
    }

    public static TheoryData<string, double[], double> Surfaces =>
        new()
        {
            { "chinchilla", Hoffmann, 2.3 },
            { "chinchilla_gamma", [1.5, 900, 1500, .5, .45, .7], 2.0 },
            { "kaplan", [8.8e13, 5.4e13, .076, .095], 2.6 },
            { "gadre", [166, 367, -.27, 1.8], 2.5 },
        };

    /// <summary>Every size of a dense grid, with the tokens found by halving, costs at least as much.</summary>
    [Theory]
    [MemberData(nameof(Surfaces))]
    public void No_size_of_a_dense_grid_reaches_the_loss_for_less(string form, double[] coefficients, double loss)
    {
        foreach (var rule in new[] { FlopsRule.SixNd, new(11, .95) })
        foreach (var served in new[] { 0, 1e12, 1e15 })
        {
            var law = Law(coefficients, form, rule);
            var compute = new LifetimeCompute(rule, served);
            var best = Deployment.Reach(law, loss, served);
            Assert.Equal(loss, law.Loss(best.N, best.D), 1e-9);
            Assert.Equal(1, compute.Total(best.N, best.D) / best.Flops, 1e-9);
            var cheapest = Enumerable
                .Range(-400, 801)
                .Select(k => best.N * Math.Exp(k / 200.0))
                .MinBy(n => compute.Total(n, Tokens(law, loss, n)));
            Assert.InRange(cheapest / best.N, Math.Exp(-1.01 / 200), Math.Exp(1.01 / 200));
            Assert.InRange(compute.Total(cheapest, Tokens(law, loss, cheapest)) / best.Flops, 1 - 1e-9, 1 + 1e-5);
        }
    }

    [Theory]
    [MemberData(nameof(Surfaces))]
    public void No_size_of_a_dense_grid_has_a_lower_loss_for_the_compute(
        string form,
        double[] coefficients,
        double loss
    )
    {
        foreach (var rule in new[] { FlopsRule.SixNd, new(11, .95) })
        foreach (var served in new[] { 1e10, 1e13 })
        {
            var law = Law(coefficients, form, rule);
            var compute = new LifetimeCompute(rule, served);
            var flops = 3 * Deployment.Reach(law, loss, 0).Flops;
            var best = Deployment.Spend(law, flops, served);
            var lowest = Enumerable
                .Range(-400, 801)
                .Select(k => best.N * Math.Exp(k / 200.0))
                .Where(n => compute.Tokens(flops, n) > 0)
                .MinBy(n => law.Loss(n, compute.Tokens(flops, n)));
            Assert.InRange(lowest / best.N, Math.Exp(-1.01 / 200), Math.Exp(1.01 / 200));
            Assert.Equal(1, compute.Total(best.N, best.D) / flops, 1e-9);
            // The least loss of a compute and the least compute of a loss are one point.
            var back = Deployment.Reach(law, best.Loss, served);
            Assert.Equal(1, back.Flops / flops, 1e-7);
            Assert.Equal(1, back.N / best.N, 1e-5);
        }
    }

    [Fact]
    public void Without_serving_the_compute_of_a_loss_is_that_of_the_closed_form()
    {
        var g = Math.Pow(.34 * 406.4 / (.28 * 410.7), 1 / .62);
        foreach (var flops in new[] { 1e18, 1e21, 1e26 })
        {
            var (n, d) = (g * Math.Pow(flops / 6, .28 / .62), Math.Pow(flops / 6, .34 / .62) / g);
            var found = Deployment.Reach(Law(Hoffmann), 1.69 + 406.4 / Math.Pow(n, .34) + 410.7 / Math.Pow(d, .28), 0);
            Assert.Equal(1, found.Flops / flops, 1e-9);
            Assert.Equal(1, found.N / n, 1e-9);
            Assert.Equal(1, found.D / d, 1e-9);
            Assert.Equal(1, found.TrainedAlone.N / n, 1e-9);
        }
    }

    [Fact]
    public void The_more_tokens_are_served_the_smaller_the_model_and_the_longer_its_training()
    {
        var plans = Enumerable
            .Range(0, 12)
            .Select(k => Deployment.Reach(Law(Hoffmann), 2.1, k == 0 ? 0 : Math.Pow(10, 6 + k)))
            .ToList();
        foreach (var (less, more) in plans.Zip(plans.Skip(1)))
        {
            Assert.True(more.N < less.N && more.D > less.D && more.Flops > less.Flops);
            Assert.True(more.Flops < more.TrainedAlone.Flops);
        }
        Assert.Equal(1, plans[1].N / plans[0].N, 1e-3); // 1e7 tokens are none
    }

    [Fact]
    public void A_loss_below_what_unlimited_size_and_tokens_reach_is_refused_with_the_least()
    {
        foreach (var loss in new[] { 1.69, 1.2 })
            Assert.Equal(
                $"law 'test': no N and D reach a loss of {loss}; the least, with both unlimited, is 1.69",
                Assert.Throws<LinearScalingException>(() => Deployment.Reach(Law(Hoffmann), loss, 1e12)).Message
            );
    }

    [Fact]
    public void Draws_that_never_reach_the_loss_open_the_interval()
    {
        List<double[]> draws =
        [
            .. Enumerable.Range(0, 100).Select(i => (double[])[1.6 + i * .002, 406.4, 410.7, .34, .28]),
        ];
        var plan = Deployment.Reach(Law(Hoffmann) with { Draws = draws }, 1.75, 1e12);
        Assert.Equal(.25, plan.Unreached);
        foreach (var interval in new[] { plan.NInterval!, plan.DInterval!, plan.FlopsInterval! })
            Assert.True(double.IsFinite(interval.Low) && double.IsPositiveInfinity(interval.High));
        Assert.Null(plan.LossInterval);
        // One in a hundred is no part of a 95 % interval.
        plan = Deployment.Reach(Law(Hoffmann) with { Draws = draws }, 1.7975, 1e12);
        Assert.Equal(.01, plan.Unreached);
        Assert.True(double.IsFinite(plan.NInterval!.High));
    }

    /// <summary>The optimum of each draw in closed form, and its percentiles by sorting.</summary>
    [Fact]
    public void Intervals_hold_the_optima_of_the_draws()
    {
        List<double[]> draws = [.. Enumerable.Range(0, 201).Select(i => (double[])[1.69, 406.4, 410.7 + i, .34, .28])];
        var plan = Deployment.Spend(Law(Hoffmann) with { Draws = draws }, 1e20, 1);
        double N(double b) => Math.Pow(.34 * 406.4 / (.28 * b), 1 / .62) * Math.Pow(1e20 / 6, .28 / .62);
        Assert.Equal(1, plan.NInterval!.Low / N(410.7 + 195), 1e-6);
        Assert.Equal(1, plan.NInterval.High / N(410.7 + 5), 1e-6);
    }

    private static LawSurface Law(double[] coefficients, string form = "chinchilla", FlopsRule? rule = null) =>
        new("test", LawForm.Named(form), coefficients, [], rule ?? FlopsRule.SixNd);

    /// <summary>Tokens of a loss by halving alone.</summary>
    private static double Tokens(LawSurface law, double loss, double n)
    {
        var (low, high) = (-50.0, 300.0);
        if (law.Loss(n, Math.Exp(high)) >= loss)
            return double.PositiveInfinity;
        for (var i = 0; i < 70; i++)
            if (law.Loss(n, Math.Exp(0.5 * (low + high))) > loss)
                low = 0.5 * (low + high);
            else
                high = 0.5 * (low + high);
        return Math.Exp(high);
    }
}
