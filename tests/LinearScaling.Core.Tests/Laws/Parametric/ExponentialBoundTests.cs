using LinearScaling.Laws.Forms;
using LinearScaling.Laws.Numerics;
using LinearScaling.Laws.Parametric;
using LinearScaling.Laws.Points;

namespace LinearScaling.Tests.Laws.Parametric;

/// <summary>Where the best rate of an exponential lies at its bound, the fit gets there.</summary>
public class ExponentialBoundTests
{
    /// <summary>Scores along a line that bends upwards, ever faster, or a step: the best exponential has the least rate
    /// or the greatest.</summary>
    public static TheoryData<string, double> Shapes =>
        new()
        {
            { "line", 1e-3 },
            { "faster", 1e-3 },
            { "step", 50 },
        };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void An_exponential_reaches_the_bound_of_its_rate(string shape, double bound)
    {
        for (var seed = 0; seed < 4; seed++)
        {
            var points = Scores(shape, seed);
            foreach (var loss in new[] { FitLoss.Squared, FitLoss.Huber })
            {
                var fit = ParametricFit.Fit(new Exponential(), points, loss, starts: 40);
                Assert.Equal(bound, fit["rate"], 1e-12);
                Assert.Contains("rate", fit.Certificate.BoundsHit);
                if (loss == FitLoss.Squared)
                {
                    Assert.InRange(fit.Objective, 0, Least(points, 1, -1e3, 1e3) * (1 + 1e-7));
                    Assert.InRange(fit.Certificate.VariableProjectionGap!.Value, -1, 1e-7);
                }
            }
        }
    }

    [Fact]
    public void An_error_law_reaches_the_bound_of_its_rate()
    {
        for (var seed = 0; seed < 4; seed++)
        {
            // Errors that bend the wrong way: no exponential that rises ever slower fits better than a line.
            var random = new SeededRandom(seed);
            List<Observation> points =
            [
                .. Enumerable
                    .Range(0, 25)
                    .Select(i => 2 + 0.1 * i)
                    .Select(
                        (x, i) => Observation.OfX(x, 0.3 + 0.1 * Math.Pow(x - 2, 2) / 2 + 0.01 * random.Normal(), i)
                    ),
            ];
            var fit = ParametricFit.Fit(new GadreError(), points, starts: 40);
            Assert.Contains("epsilon", fit.Certificate.BoundsHit);
            Assert.InRange(fit.Objective, 0, Least(points, -1, 0, 2) * (1 + 1e-7));
        }
    }

    /// <summary>The least sum of squares of limit + range exp(-rate u) over a dense grid of rates, with the best range
    /// for each of a dense grid of limits.</summary>
    private static double Least(List<Observation> points, int sign, double low, double high)
    {
        var least = double.PositiveInfinity;
        for (var i = 0; i <= 400; i++)
        {
            var rate = Math.Clamp(1e-3 * Math.Pow(5e4, i / 400.0), 1e-3, 50);
            var t = points.ConvertAll(o => Math.Exp(-rate * (o.U - points[0].U)));
            var (meanT, meanY) = (t.Average(), points.Average(o => o.Y));
            var slope =
                t.Zip(points, (a, o) => (a - meanT) * (o.Y - meanY)).Sum() / t.Sum(a => (a - meanT) * (a - meanT));
            var free = Math.Clamp(meanY - slope * meanT, low, high);
            foreach (var limit in Enumerable.Range(0, 41).Select(k => low + (high - low) * k / 40).Append(free))
            {
                var range = t.Zip(points, (a, o) => a * (o.Y - limit)).Sum() / t.Sum(a => a * a);
                if (sign < 0)
                    range = Math.Min(range, 0);
                least = Math.Min(least, t.Zip(points, (a, o) => Math.Pow(o.Y - limit - range * a, 2)).Sum());
            }
        }
        return least;
    }

    /// <summary>A line and a curve over compute; a step over losses.</summary>
    private static List<Observation> Scores(string shape, int seed)
    {
        var random = new SeededRandom(seed);
        return
        [
            .. Enumerable
                .Range(0, 30)
                .Select(i =>
                {
                    var error = 0.004 * random.Normal();
                    var c = Math.Pow(10, 18 + 0.15 * i);
                    return shape switch
                    {
                        "line" => Observation.OfCompute(c, 0.2 + 0.015 * i + 3e-4 * i * i + error, i),
                        "faster" => Observation.OfCompute(c, 0.2 + 0.6 * Math.Pow(i / 29.0, 3) + error, i),
                        _ => Observation.OfX(2 + 0.05 * i, (i == 0 ? 0.9 : 0.3) + error, i),
                    };
                }),
        ];
    }
}
