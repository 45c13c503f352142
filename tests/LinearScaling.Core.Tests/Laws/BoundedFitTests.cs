using LinearScaling.Laws;
using LinearScaling.Laws.Forms;

namespace LinearScaling.Tests.Laws;

public sealed class BoundedFitTests
{
    /// <summary>E, A, B, alpha, beta.</summary>
    private static readonly double[] surface = [1.7, 400, 410, .34, .28];

    /// <summary>Sizes that differ by 0.1 % at most: nothing determines alpha, which leaves its bounds with an A of hundreds of digits.</summary>
    private static readonly List<Observation> points =
    [
        .. from i in Enumerable.Range(0, 40)
           let at = Observation.Of(1e8 * (1 + 1e-3 * Math.Abs(Math.Sin(17 * i))), Math.Pow(10, 8 + 3 * i / 39.0), 1, i)
           select at with { Y = new Chinchilla().Predict(surface, at) * (1 + 0.003 * Math.Sin(29 * i)) },
    ];

    [Fact]
    public void An_exponent_is_held_at_its_bound_with_the_constant_that_belongs_to_it()
    {
        var fit = ParametricFit.Of(new Chinchilla(), points, starts: 40);
        Assert.Equal("alpha", Assert.Single(fit.Certificate.BoundsHit));
        Assert.All(fit.Coefficients, c => Assert.True(double.IsFinite(c)));
        Assert.InRange(fit.Objective, 0, fit.Problem.Evaluate(fit.Form.ToFitSpace(surface)));
        Assert.InRange(fit["beta"], 0.26, 0.30); // which the tokens do determine
        Assert.Equal(fit.Objective, ParametricFit.Of(new Chinchilla(), [.. points.Select(o => o with { N = 1e8 })], starts: 40).Objective, 0.02 * fit.Objective);
    }
}
