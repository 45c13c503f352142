using LinearScaling.Laws.Forms;
using LinearScaling.Laws.Numerics;
using LinearScaling.Laws.Parametric;
using LinearScaling.Laws.Points;

namespace LinearScaling.Tests.Laws.Parametric;

public class LossTests
{
    public static TheoryData<string> Names => [.. FitLoss.Named.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Slope_and_curvature_are_those_of_the_loss(string name)
    {
        foreach (var loss in new[] { FitLoss.Named[name], FitLoss.Named[name] with { Overestimates = 3.7 } })
        foreach (var r in new[] { -0.2, -1.1e-3, -9e-4, -1e-5, 1e-5, 9e-4, 1.1e-3, 0.2 })
        {
            const double h = 1e-7;
            var (up, down) = (loss.Evaluate(r + h), loss.Evaluate(r - h));
            var (_, slope) = loss.Evaluate(r);
            var (second, square) = loss.Curvature(r);
            Assert.Equal((up.Value - down.Value) / (2 * h), slope, 1e-6 * (1 + Math.Abs(slope)));
            Assert.Equal((up.Slope - down.Slope) / (2 * h), second, 1e-6 * (1 + second));
            Assert.Equal(slope, square * r, 1e-12);
        }
    }

    [Fact]
    public void Losses_have_the_values_of_their_definitions()
    {
        Assert.Equal(0.5e-6 * 0.25, FitLoss.Huber.Evaluate(0.5e-3).Value, 1e-18);
        Assert.Equal(1e-3 * (0.2 - 0.5e-3), FitLoss.LogHuber.Evaluate(-0.2).Value, 1e-15);
        Assert.Equal(0.04, FitLoss.Squared.Evaluate(-0.2).Value, 1e-15);
        // A law above the point: the residual is negative.
        Assert.Equal(10 * FitLoss.LogHuber.Evaluate(0.2).Value, FitLoss.Asymmetric.Evaluate(-0.2).Value, 1e-15);
        Assert.Equal(FitLoss.LogHuber.Evaluate(0.2), FitLoss.Asymmetric.Evaluate(0.2));
        Assert.Equal("Huber (delta 1e-3) of ln y, overestimates times 10, summed", FitLoss.Asymmetric.Description);
        Assert.Equal("Huber (delta 1e-3) of y, summed", FitLoss.Huber.Description);
    }

    /// <summary>Absolute errors of which those on one side cost w times as much are least at a quantile: 1 in w + 1
    /// points lies below the law.</summary>
    [Theory]
    [InlineData(10, 1.0 / 11)]
    [InlineData(3, 1.0 / 4)]
    [InlineData(1, 1.0 / 2)]
    public void An_asymmetric_fit_runs_along_a_quantile(double weight, double below)
    {
        var random = new SeededRandom(8);
        List<Observation> points =
        [
            .. Enumerable
                .Range(0, 600)
                .Select(i => Math.Pow(10, 18 + 0.01 * i))
                .Select(
                    (c, i) => Observation.OfCompute(c, 30 * Math.Pow(c, -0.08) * Math.Exp(0.2 * random.Normal()), i)
                ),
        ];
        var fit = ParametricFit.Fit(
            new PowerLaw(),
            points,
            FitLoss.Asymmetric with
            {
                Overestimates = weight,
                Delta = 1e-5,
            },
            starts: 8
        );
        Assert.Equal(below, points.Count(o => o.Y < fit.Predict(o)) / 600.0, 5e-3);
        // The quantile of normal errors of 0.2, e.g. -1.335 deviations for 1 in 11.
        var shift = MathNet.Numerics.Distributions.Normal.InvCDF(0, 0.2, below);
        Assert.Equal(shift, Math.Log(fit.Predict(points[300]) / (30 * Math.Pow(points[300].C, -0.08))), 0.03);
    }

    [Fact]
    public void Huber_of_the_loss_itself_reproduces_a_published_fit()
    {
        // A delta above every residual leaves half the squares: the published least-squares fit to Hoffmann's rows
        // below 1e21 FLOPs, N in millions and D in billions.
        var points = PublishedData
            .Hoffmann(5, "Training FLOP<1e21")
            .Select(o => Observation.At(o.N / 1e6, o.D / 1e9, o.Y))
            .ToList();
        var fit = ParametricFit.Fit(new Chinchilla(), points, FitLoss.Huber with { Delta = 1 }, starts: 40);
        double[] published = [1.905092, 4.000522, 1.050948, .351058, .458742];
        Assert.All(fit.Coefficients.Zip(published), c => Assert.Equal(1, c.First / c.Second, 2e-6));
        Assert.Equal(0.5 * .0624143, fit.Objective, 1e-7);
    }

    [Fact]
    public void A_loss_of_the_metric_itself_weighs_high_losses_more()
    {
        // Squared loss of y by closed form: a power law with a known exponent is a mean of y x^-a over x^2a.
        var random = new SeededRandom(4);
        List<Observation> points =
        [
            .. Enumerable
                .Range(1, 50)
                .Select(i => Observation.OfX(i, 5 * Math.Pow(i, 0.5) * (1 + 0.1 * random.Normal()), i)),
        ];
        var fit = ParametricFit.Fit(
            new PowerLaw(),
            points,
            FitLoss.Squared,
            starts: 4,
            @fixed: new Dictionary<string, double> { ["exponent"] = 0.5 }
        );
        Assert.Equal(points.Sum(o => o.Y * Math.Sqrt(o.X)) / points.Sum(o => o.X), fit["coefficient"], 1e-9);
    }
}
