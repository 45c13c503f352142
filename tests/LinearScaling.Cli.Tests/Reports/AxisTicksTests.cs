using System.Globalization;
using LinearScaling.Cli.Reports.Figures;

namespace LinearScaling.Tests.Cli.Reports;

public class AxisTicksTests
{
    /// <summary>Ranges from a thousandth of a decade to 18 decades, at places that no round number knows.</summary>
    public static TheoryData<bool, int> Axes =>
        new()
        {
            { true, 4 },
            { true, 6 },
            { true, 9 },
            { false, 4 },
            { false, 6 },
            { false, 9 },
        };

    [Theory]
    [MemberData(nameof(Axes))]
    public void A_value_can_be_read_off_every_axis(bool log, int most)
    {
        foreach (
            var width in new[] { 0.001, 0.004, 0.03, 0.1, 0.22, 0.35, 0.5, 0.8, 0.95, 1.3, 2, 2.9, 3.4, 6, 11, 18 }
        )
            for (var i = 0; i < 60; i++)
            {
                var low = Math.Pow(10, -9 + 0.4337 * i);
                var high = low * Math.Pow(10, width);
                var ticks = AxisTicks.Choose(new("x", log), [low, high], null, most);
                var where = $"{low} to {high}";
                Assert.True(ticks.Major.Count is >= AxisTicks.Fewest and <= 14, $"{where}: {ticks.Major.Count}");
                Assert.Equal(ticks.Major.Count, ticks.Major.Select(t => t.Label).Distinct().Count());
                foreach (var (at, label) in ticks.Major)
                {
                    Assert.InRange(at, ticks.Low, ticks.High);
                    var value = log ? Math.Pow(10, at) : at;
                    Assert.True(Math.Abs(Read(label) - value) <= 1e-9 * Math.Abs(high), $"{where}: {label} at {value}");
                }
            }
    }

    [Fact]
    public void What_may_be_cut_widens_an_axis_by_a_third_at_most()
    {
        var ticks = AxisTicks.Choose(new("y", Log: false), [0, 3], [-100, 3.5]);
        Assert.InRange(ticks.Low, -1.3, -1);
        Assert.InRange(ticks.High, 3.5, 3.8);
    }

    [Fact]
    public void Equal_values_have_an_axis_too() =>
        Assert.All([true, false], log => Assert.True(AxisTicks.Choose(new("y", log), [2.5, 2.5]).Major.Count >= 3));

    /// <summary>A label as a reader takes it: 2.5, 10⁵, 3×10⁻⁷.</summary>
    private static double Read(string label)
    {
        var digits = string.Concat(
            label.Select(c =>
                c == '⁻' ? '-'
                : "⁰¹²³⁴⁵⁶⁷⁸⁹".IndexOf(c) is >= 0 and var d ? (char)('0' + d)
                : c
            )
        );
        var raised = label.IndexOfAny([.. "⁰¹²³⁴⁵⁶⁷⁸⁹⁻"]);
        double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
        if (raised < 0)
            return Number(label);
        var (mantissa, exponent) = (digits[..raised], Number(digits[raised..]));
        return (mantissa == "10" ? 1 : Number(mantissa[..mantissa.IndexOf('×')])) * Math.Pow(10, exponent);
    }
}
