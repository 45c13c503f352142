using LinearScaling.Laws;
using LinearScaling.Laws.Forms;
using LinearScaling.Laws.Parametric;
using LinearScaling.Laws.Points;

namespace LinearScaling.Tests.Laws;

public class ComparisonTests
{
    [Fact]
    public void Two_power_laws_cross_where_they_are_equal()
    {
        // 30 C^-0.08 = 90 C^-0.1 at C = 3^50.
        var (a, b) = (Line("a", 30, -0.08), Line("b", 90, -0.1));
        var crossing = Crossing.Find(a, b);
        Assert.InRange(Math.Log(crossing.Flops!.Value) / (50 * Math.Log(3)), 0.99, 1.01);
        Assert.True(crossing.Interval!.Contains(Math.Pow(3, 50)));
        Assert.True(crossing.Share > 0.9);
    }

    [Fact]
    public void Different_laws_are_told_apart_and_equal_ones_are_not()
    {
        var different = LawComparison.Compare(Line("a", 30, -0.08), Line("b", 90, -0.1));
        Assert.Equal(-0.02, different.Differences[1].Difference, 1e-3);
        Assert.False(different.Differences[1].Interval!.Contains(0));
        Assert.True(different.Test.PValue < 1e-6);
        var equal = LawComparison.Compare(Line("a", 30, -0.08), Line("b", 30, -0.08, phase: 5));
        Assert.True(equal.Differences[1].Interval!.Contains(0));
        Assert.True(equal.Test.PValue > 0.01);
    }

    [Theory]
    [InlineData("kaplan2020", 3.1e8 * 8.64e19, 1.0)]
    [InlineData("shen2024", 8.64e19, 3.7087)]
    [InlineData("hoffmann2022", 1e20, 2.553419177291679)]
    [InlineData("epoch2024", 1e20, 2.5534047681168235)]
    public void Published_laws_give_their_losses(string name, double flops, double loss) =>
        Assert.Equal(loss, PublishedLaws.Named(name)[0].LossAt(flops), 1e-9);

    [Fact]
    public void The_studys_optimal_sizes_are_those_of_its_table()
    {
        var tnl = PublishedLaws.Named("shen2024").Single(l => l.Name == "shen2024 tnl");
        Assert.Equal(2.74e8, tnl.NOpt!.At(8.64e19), 1);
        Assert.Equal(1.22e9, tnl.NOpt.At(8.64e20), 0.005e9);
        Assert.Equal(130e9, tnl.DOpt!.At(8.64e20), 0.5e9);
        Assert.Equal(1.115, tnl.ExponentSum!.Value, 5e-4);
    }

    [Fact]
    public void Besiroglu_is_another_name_of_epoch() =>
        Assert.Same(PublishedLaws.Named("epoch2024"), PublishedLaws.Named("besiroglu2024"));

    private static LawAnalysis Line(string name, double coefficient, double exponent, double phase = 0) =>
        LawAnalysis.Analyze(
            name,
            new PowerLaw(),
            [
                .. Enumerable
                    .Range(0, 40)
                    .Select(i =>
                        Observation.OfCompute(
                            Math.Pow(10, 18 + 0.1 * i),
                            coefficient
                                * Math.Pow(10, exponent * (18 + 0.1 * i))
                                * (1 + 0.004 * Math.Sin(i * i * 1.3 + phase)),
                            i
                        )
                    ),
            ],
            starts: 10,
            draws: 100
        );
}
