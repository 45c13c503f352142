using LinearScaling.Laws;
using LinearScaling.Laws.Numerics;
using LinearScaling.Laws.Observational;
using LinearScaling.Laws.Points;

namespace LinearScaling.Tests.Laws;

/// <summary>Between what points lie, and how sure a line is there.</summary>
public class FittedRangeTests
{
    [Fact]
    public void A_range_goes_from_the_least_to_the_largest_of_what_is_known()
    {
        var range = FittedRange.Span([
            Observation.At(1e6, 2e7, 3),
            Observation.At(3e7, 1e7, 3),
            Observation.OfCompute(1e19, 3),
        ]);
        Assert.Equal(new Interval(1e6, 3e7), range.N);
        Assert.Equal(new Interval(1e7, 2e7), range.D);
        Assert.Equal(new Interval(6 * 1e6 * 2e7, 1e19), range.C);
        Assert.Null(FittedRange.Span([Observation.OfX(2, 3)]).N);
    }

    [Theory]
    [InlineData(1e6, 0)]
    [InlineData(3e9, 2)]
    [InlineData(3.1e9, 2.0142)]
    [InlineData(1e3, 3)]
    public void Decades_outside_are_counted_from_the_nearer_end(double value, double decades) =>
        Assert.Equal(decades, FittedRange.DecadesOutside(new(1e6, 3e7), value), 1e-4);

    [Fact]
    public void What_is_more_than_two_decades_outside_is_named()
    {
        var range = new FittedRange(new(1e6, 1e8), null, new(1e18, 1e20));
        Assert.Empty(range.Outside(1e10, 1e30, 1e22));
        Assert.Equal(["N", "C"], range.Outside(1.1e10, 1, 9e15).Select(q => q.Name));
    }

    [Fact]
    public void A_law_of_compute_has_the_band_of_its_draws()
    {
        var line = LogLogLine.Fit([1, 10, 100], [8, 4, 2])!;
        // Exponents of -0.40 to 0.60 less than the line's own; at C = 1 all agree.
        var law = ComputeLaw.Fit(
            line,
            Enumerable.Range(0, 101).Select(i => line with { Exponent = line.Exponent + (i - 50) * 0.01 })
        );
        Assert.Equal(law.At(1), law.Band(1)!.Low, 1e-12);
        // The third and fourth of 101 from either end, half-way.
        double Middle(double sign) => law.At(100) * (Math.Pow(100, sign * 0.47) + Math.Pow(100, sign * 0.48)) / 2;
        var (low, high) = (Middle(-1), Middle(1));
        Assert.Equal(low, law.Band(100)!.Low, 1e-9);
        Assert.Equal(high, law.Band(100)!.High, 1e-9);
        Assert.Null((law with { Draws = [] }).Band(100));
    }

    /// <summary>By the textbook formula, for five points of known sums:
    /// y = x + (0.1, -0.2, 0.1, 0.1, -0.1) at x from 20
    /// to 24.</summary>
    [Fact]
    public void A_familys_line_has_students_band()
    {
        double[] off = [0.1, -0.2, 0.1, 0.1, -0.1];
        var line = FamilyLine.Fit("f", [.. off.Select((e, i) => (Math.Pow(10, 20 + i), 20 + i + e))])!;
        // Mean 0, slope -0.01 of the errors, so that 0.079 of squares are left for three degrees of freedom.
        var s = Math.Sqrt(0.079 / 3);
        const double t = 3.182446305284263; // of three degrees of freedom
        Assert.Equal(t * s / Math.Sqrt(5), line.MeanInterval(1e22).High - line.At(1e22), 1e-9);
        Assert.Equal(t * s * Math.Sqrt(0.2 + 0.4), line.At(1e24) - line.MeanInterval(1e24).Low, 1e-9);
    }
}
