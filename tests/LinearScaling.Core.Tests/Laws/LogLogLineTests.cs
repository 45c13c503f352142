using LinearScaling.Laws.Numerics;

namespace LinearScaling.Tests.Laws;

public class LogLogLineTests
{
    [Fact]
    public void A_power_law_is_returned_exactly()
    {
        var line = LogLogLine.Fit([1, 10, 100], [3, 6, 12])!;
        Assert.Equal(3, line.Coefficient, 1e-12);
        Assert.Equal(Math.Log10(2), line.Exponent, 1e-12);
        Assert.Equal(1, line.RSquared, 1e-12);
    }

    [Fact]
    public void A_weight_of_zero_removes_a_point_and_a_weight_of_two_doubles_it()
    {
        var weighted = LogLogLine.Fit([1, 10, 100, 1000], [1, 3, 4, 50], [1, 2, 1, 0])!;
        var repeated = LogLogLine.Fit([1, 10, 10, 100], [1, 3, 3, 4])!;
        Assert.Equal(repeated.Exponent, weighted.Exponent, 1e-12);
        Assert.Equal(repeated.RSquared, weighted.RSquared, 1e-12);
    }

    [Fact]
    public void One_x_has_no_line() => Assert.Null(LogLogLine.Fit([5, 5], [1, 2]));

    [Theory]
    [InlineData(0.5, 2.5)]
    [InlineData(0.25, 1.75)]
    [InlineData(1, 4)]
    public void Quantiles_interpolate_between_order_statistics(double probability, double expected) =>
        Assert.Equal(expected, Interval.Quantile([1, 2, 3, 4], probability));
}
