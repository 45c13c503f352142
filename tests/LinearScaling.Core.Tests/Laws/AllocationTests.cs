using LinearScaling.Laws;
using LinearScaling.Laws.Forms;
using LinearScaling.Laws.Points;

namespace LinearScaling.Tests.Laws;

public class AllocationTests
{
    private static readonly double[] Surface = [1.69, 406.4, 410.7, .34, .28];

    [Theory]
    [InlineData(1e18, 8.0581984e7, 2.0682870e9, 3.5352977525)]
    [InlineData(1e20, 6.4485751e8, 2.58455030e10, 2.5998497469)]
    public void The_compute_optimal_point_of_hoffmanns_surface_is_found(double flops, double n, double d, double loss)
    {
        var optimum = Allocation.Optimize(new Chinchilla(), Surface, flops, FlopsRule.SixNd);
        Assert.Equal(1, optimum.N / n, 1e-7);
        Assert.Equal(1, optimum.D / d, 1e-7);
        Assert.Equal(loss, optimum.Loss, 1e-9);
    }

    /// <summary>N_opt = G (C / 6)^(beta / (alpha + beta)) with G = (alpha A / (beta B))^(1 / (alpha + beta)), whatever
    /// the unit of N and D.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(1e-9)]
    [InlineData(1e9)]
    public void The_optimum_does_not_depend_on_the_unit(double unit)
    {
        double[] surface = [1.69, 406.4 * Math.Pow(unit, .34), 410.7 * Math.Pow(unit, .28), .34, .28];
        var n = Allocation.Optimize(new Chinchilla(), surface, 1e21 * unit * unit, FlopsRule.SixNd).N / unit;
        var g = Math.Pow(.34 * 406.4 / (.28 * 410.7), 1 / .62);
        Assert.Equal(1, n / (g * Math.Pow(1e21 / 6, .28 / .62)), 1e-7);
    }

    /// <summary>The closed form of each form that has one, against bisection of its values.</summary>
    [Theory]
    [InlineData("chinchilla", 1.69, 406.4, 410.7, .34, .28)]
    [InlineData("chinchilla_gamma", 1.5, 900.0, 1500.0, .5, .45, .7)]
    [InlineData("kaplan", 8.8e13, 5.4e13, .076, .095)]
    [InlineData("gadre", 166.0, 367.0, -.27, 1.8)]
    public void The_closed_form_is_where_bisection_ends(string name, params double[] coefficients)
    {
        var form = LawForm.Named(name);
        Assert.NotNull(form.Terms(form.ToFitSpace(coefficients)));
        foreach (var rule in new[] { FlopsRule.SixNd, new(11, 0.95) })
        foreach (var flops in new[] { 1e15, 3e19, 1e24 })
        {
            var (n, d, loss) = Allocation.Optimize(form, coefficients, flops, rule);
            var bisected = Allocation.Optimize(new ValueAlone(form), coefficients, flops, rule);
            Assert.Equal(1, n / bisected.N, 1e-6);
            Assert.Equal(1, d / bisected.D, 1e-6);
            Assert.Equal(loss, bisected.Loss, 1e-10);
            Assert.Equal(1, rule.Flops(n, d) / flops, 1e-12);
        }
    }

    /// <summary>Redrawn fits end at such bounds; an optimum at the end of the search is all that can be said.</summary>
    [Theory]
    [InlineData(0, .28)]
    [InlineData(.34, 0)]
    [InlineData(1e-9, .28)]
    public void A_surface_that_does_not_fall_in_one_of_them_has_a_finite_optimum_all_the_same(double alpha, double beta)
    {
        var (n, d, loss) = Allocation.Optimize(
            new Chinchilla(),
            [1.69, 406.4, 410.7, alpha, beta],
            1e20,
            FlopsRule.SixNd
        );
        Assert.True(n > 0 && d > 0 && double.IsFinite(n) && double.IsFinite(d) && double.IsFinite(loss));
    }
}
