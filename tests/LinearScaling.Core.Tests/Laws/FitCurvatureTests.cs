using LinearScaling.Laws.Forms;
using LinearScaling.Laws.Parametric;
using LinearScaling.Laws.Points;

namespace LinearScaling.Tests.Laws;

public sealed class FitCurvatureTests
{
    /// <summary>cosFormer2's validation losses of the nano study (configs/studies/results/nano) without its largest
    /// size.</summary>
    private static readonly List<Observation> Points =
    [
        .. At(
            116864,
            (228352, 2.185941),
            (296960, 2.081543),
            (385024, 1.996684),
            (500736, 1.948722),
            (651264, 1.901354),
            (846848, 1.844114),
            (1100800, 1.793979),
            (1431552, 1.771154),
            (1860608, 1.745525),
            (2418688, 1.712609),
            (3144704, 1.654499),
            (4000768, 1.613819)
        ),
        .. At(
            353568,
            (228352, 2.127440),
            (296960, 2.053416),
            (385024, 1.937354),
            (500736, 1.887883),
            (651264, 1.852991),
            (846848, 1.800964),
            (1100800, 1.751279),
            (1431552, 1.713538),
            (1860608, 1.679700),
            (2418688, 1.636652),
            (3144704, 1.569309),
            (4087808, 1.539695),
            (5000192, 1.497905)
        ),
        .. At(
            1049216,
            (228352, 2.189776),
            (296960, 2.099452),
            (385024, 2.016194),
            (500736, 1.938831),
            (651264, 1.871592),
            (846848, 1.797942),
            (1100800, 1.738009),
            (1431552, 1.683947),
            (1860608, 1.634286),
            (2418688, 1.593055),
            (3144704, 1.509047),
            (4087808, 1.466678),
            (5000192, 1.411969)
        ),
    ];

    [Fact]
    public void A_fit_with_curvatures_whose_product_is_zero_is_certified()
    {
        // Without the top half-decade only two sizes are left, and the fit of that rest runs off to where products of
        // second derivatives are 0.
        var analysis = LawAnalysis.Analyze("test", new Chinchilla(), Points, draws: 20);
        Assert.NotNull(analysis.Extrapolation);
        Assert.True(analysis.Fit.Certificate.ConditionNumber >= 1);
        Assert.InRange(analysis.Fit.Predict(Observation.At(3190080, 2000896, 0, 0)), 1.55, 1.65);
    }

    [Theory]
    [InlineData(1.8)]
    [InlineData(1.5e8)] // where some redrawn fits ran away
    public void A_profile_finds_its_lower_end_wherever_the_upper_one_was_expected(double expected)
    {
        var fit = ParametricFit.Fit(new Chinchilla(), Points, starts: 100);
        var alpha = ProfileLikelihood.Trace(fit, "alpha", new(0.07, expected)).Interval;
        Assert.Equal(0.109, alpha.Low, 0.005);
        Assert.True(double.IsPositiveInfinity(alpha.High));
    }

    private static IEnumerable<Observation> At(double n, params (double Tokens, double Loss)[] losses) =>
        losses.Select(l => Observation.At(n, l.Tokens, l.Loss, (int)n));
}
