using LinearScaling.Laws.IsoFlops;
using LinearScaling.Laws.Points;
using MathNet.Numerics.Distributions;

namespace LinearScaling.Tests.Laws;

/// <summary>The 95 % about a profile's parabola, measured on profiles that are drawn.</summary>
public class IsoFlopBandTests
{
    private const double Flops = 1e20;
    private static readonly double[] Sizes = [2e8, 3e8, 7e8, 1.1e9, 2.5e9, 4e9];
    private static readonly double[] Weights = [1, 2, .5, 1, 3, 1];

    [Theory]
    [InlineData(2e8)] // an end
    [InlineData(9e8)] // within
    [InlineData(6e9)] // beyond
    public void Ninety_five_of_a_hundred_hold_the_curve(double n)
    {
        const int Draws = 4000;
        var random = new Random(5);
        var held = 0;
        for (var i = 0; i < Draws; i++)
        {
            var points = Sizes.Select((s, k) => Point(s, k, Normal.Sample(random, 0, .02 / Math.Sqrt(Weights[k]))));
            var profile = IsoFlop.Fit([.. points]).Profiles.Single();
            held += profile.MeanIntervals([n])[0].Contains(Curve(n)) ? 1 : 0;
        }
        Assert.InRange(held / (double)Draws, .94, .96); // three standard errors
    }

    [Fact]
    public void A_profile_without_a_parabola_has_no_interval() =>
        Assert.Empty(
            IsoFlop.Fit([.. Sizes.Take(4).Select((s, k) => Point(s, k, 0))]).Profiles.Single().MeanIntervals([1e9])
        );

    private static double Curve(double n) => 2 + .1 * Math.Pow(Math.Log(n / 9e8), 2);

    private static Observation Point(double n, int run, double error) =>
        Observation.At(n, Flops / (6 * n), Curve(n) + error, run) with
        {
            Weight = Weights[run],
        };
}
