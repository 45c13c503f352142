using LinearScaling.Laws.Forms;
using LinearScaling.Laws.Planning;
using LinearScaling.Laws.Points;

namespace LinearScaling.Tests.Laws.Planning;

public class OffOptimumTests
{
    private static readonly double[] Coefficients = [1.69, 406.4, 410.7, .34, .28];

    private static readonly LawSurface Law = new("test", new Chinchilla(), Coefficients, [], FlopsRule.SixNd);

    private static double Loss(double n, double d) => 1.69 + 406.4 / Math.Pow(n, .34) + 410.7 / Math.Pow(d, .28);

    [Theory]
    [InlineData(1e19, 0)]
    [InlineData(1e23, 0)]
    [InlineData(1e23, 2e11)]
    public void Each_size_is_as_its_equation_says(double flops, double served)
    {
        var best = Deployment.Spend(Law, flops, served);
        var rows = OffOptimum.AroundBudget(Law, flops, served);
        Assert.Equal([.25, .5, 1, 2, 4], rows.Select(r => r.Times));
        foreach (var row in rows)
        {
            Assert.Equal(row.Times * best.N, row.N, 1e-9 * row.N);
            var d = flops / (6 * row.N) - served / 3;
            Assert.Equal(d, row.D, 1e-9 * d);
            Assert.Equal(Loss(row.N, d), row.Loss, 1e-12);
            // The tokens that bring this size to the optimum's loss, from the equation solved for D.
            var needed = Math.Pow(410.7 / (best.Loss - 1.69 - 406.4 / Math.Pow(row.N, .34)), 1 / .28);
            Assert.Equal((6 * needed + 2 * served) * row.N / flops - 1, row.ExtraCompute, 1e-7);
            Assert.Null(row.LossInterval);
            Assert.Null(row.ExtraComputeInterval);
        }
        Assert.Equal(rows.Select(r => r.Loss).Min(), rows[2].Loss);
        Assert.Equal(0, rows[2].ExtraCompute);
    }

    [Fact]
    public void Around_a_loss_they_are_those_of_the_compute_that_reaches_it()
    {
        var plan = Deployment.Reach(Law, 2.2, 1e12);
        var (byLoss, byBudget) = (
            OffOptimum.AroundLoss(Law, 2.2, 1e12),
            OffOptimum.AroundBudget(Law, plan.Flops, 1e12)
        );
        foreach (var (a, b) in byLoss.Zip(byBudget))
        {
            Assert.Equal(1, a.N / b.N, 1e-5);
            Assert.Equal(a.Loss, b.Loss, 1e-7);
            Assert.Equal(a.ExtraCompute, b.ExtraCompute, 1e-4);
        }
    }

    [Fact]
    public void A_size_that_never_gets_there_costs_without_end_and_one_that_serving_exhausts_trains_on_nothing()
    {
        // With equal exponents the terms are equal at the optimum: at a quarter of the size that of N alone is 4^0.8
        // times as large, more than both were; at half of it only 2^0.8 times.
        double[] steep = [1.69, 4e6, 4e7, .8, .8];
        var rows = OffOptimum.AroundBudget(Law with { Coefficients = steep }, 1e20);
        Assert.Equal(double.PositiveInfinity, rows[0].ExtraCompute);
        Assert.True(double.IsFinite(rows[1].ExtraCompute));
        // Serving takes more than half of the compute at the optimum: at four times the size, all and more.
        rows = OffOptimum.AroundBudget(Law, 1e20, 1e13);
        Assert.Equal((0, double.PositiveInfinity), (rows[4].D, rows[4].Loss));
    }

    [Fact]
    public void Intervals_are_those_of_the_draws_and_the_planned_size_costs_what_its_uncertainty_does()
    {
        List<double[]> draws =
        [
            .. Enumerable.Range(-100, 201).Select(i => (double[])[1.69, 406.4, 410.7, .34 + i * 1e-4, .28]),
        ];
        var rows = OffOptimum.AroundBudget(Law with { Draws = draws }, 1e21);
        var best = Deployment.Spend(Law, 1e21, 0);
        double LossAt(double n, double alpha) =>
            1.69 + 406.4 / Math.Pow(n, alpha) + 410.7 / Math.Pow(1e21 / (6 * n), .28);
        foreach (var row in rows)
        {
            Assert.Equal(LossAt(row.N, .34 + 95e-4), row.LossInterval!.Low, 1e-9);
            Assert.Equal(LossAt(row.N, .34 - 95e-4), row.LossInterval.High, 1e-9);
            Assert.InRange(row.ExtraComputeInterval!.Low, 0, row.ExtraCompute + 1e-4);
            Assert.True(row.ExtraCompute <= row.ExtraComputeInterval.High);
        }
        var planned = rows[2].ExtraComputeInterval!;
        Assert.Equal(0, planned.Low, 1e-4);
        Assert.InRange(planned.High, 1e-4, .1);
        Assert.Equal(best.N, rows[2].N, 1e-6 * best.N);
    }
}
