using System.Globalization;
using LinearScaling.Laws;
using LinearScaling.Laws.Points;

namespace LinearScaling.Tests.Laws.Tables;

/// <summary>What a table says of where C is from, and of units.</summary>
public sealed class TableUnitsTests : IDisposable
{
    private readonly TableFile table = new();

    public void Dispose() => table.Dispose();

    [Theory]
    [InlineData("N=n,D=d,L=loss", "6nd", "C = 6ND")]
    [InlineData("N=n,D=d,C=c,L=loss", "column c", "C from the column c")]
    [InlineData("N=n,C=c*2,L=loss", "column c*2; D = C/6N", "C from the column c*2; D = C/6N")]
    [InlineData("D=d,C=c,L=loss", "column c; N = C/6D", "C from the column c; N = C/6D")]
    [InlineData("C=c,L=loss", "column c", "C from the column c")]
    public void Where_c_is_from_is_said(string columns, string convention, string words)
    {
        var set = TableFile.Points(Table(o => 6), columns).Read();
        Assert.Equal((convention, words), (set.Convention, ComputeOrigin.Words(set.Convention)));
        Assert.Empty(set.Notes);
    }

    [Fact]
    public void A_c_that_is_not_6nd_is_compared_once_and_spent_as_it_is()
    {
        // As with attention: small models cost more than 6 a parameter and token. Rounded to three digits.
        var set = TableFile.Points(Table(n => 6 * (1 + 1e7 / n), "G3"), "N=n,D=d,C=c,L=loss").Read();
        var ratios = set.Groups[0].Points.Select(o => o.C / (6 * o.N * o.D)).Order().ToList();
        Assert.Equal(
            [
                $"C from the column c is {(ratios[9] + ratios[10]) / 2:G4} times 6ND in the median "
                    + $"({ratios[0]:G4} to {ratios[^1]:G4}); budgets are spent by the power law C = k N^x D through "
                    + "the points of each group",
            ],
            set.Notes
        );
        Assert.Contains(set.Cautions, c => c.Caution.Code == "flops_scatter");
        var rule = FlopsRule.Infer(set.Groups[0].Points);
        // The least squares line through ln(1 + 1e7/N) at the four sizes falls by 0.18809 a unit of ln N.
        Assert.Equal(1 - 0.18809, rule.Exponent, 2e-3);
    }

    [Fact]
    public void A_constant_share_above_6nd_is_in_proportion_to_n_whatever_its_rounding()
    {
        var set = TableFile.Points(Table(_ => 7.2, "G3"), "N=n,D=d,C=c,L=loss").Read();
        var rule = FlopsRule.Infer(set.Groups[0].Points);
        Assert.Equal(1, rule.Exponent);
        Assert.InRange(rule.Coefficient, 7.19, 7.21);
        Assert.Empty(set.Cautions);
        Assert.Equal(1e10, rule.Tokens(7.2e18, 1e8), 2e7);
        Assert.InRange(rule.Scatter(set.Groups[0].Points), 1e-6, 3e-3);
    }

    [Fact]
    public void Scattered_compute_is_a_caution()
    {
        var random = new Random(1);
        var set = TableFile.Points(Table(_ => 6 * Math.Exp(0.4 * (random.NextDouble() - 0.5))), "N=n,D=d,C=c,L=loss");
        var caution = Assert.Single(set.Read().Cautions).Caution;
        Assert.Equal("flops_scatter", caution.Code);
        // Uniform within 0.2 of 0: a root mean square of 0.2 / sqrt(3) = 11.5 %.
        Assert.Matches("^C/D lies 1[0-3]% \\(root mean square\\) off the power law of N", caution.Text);
    }

    [Fact]
    public void Sizes_in_billions_and_tokens_in_millions_are_a_caution_of_their_group_with_the_mend()
    {
        var path = table.Write(
            "t.csv",
            "n,d,loss,set\n0.1283,2.6,3,a\n1.5,30,2.5,a\n1e8,1e5,3,b\n1e9,2e10,2,b\n1e9,2e10,2,c\n"
        );
        var set = TableFile.Points(path, "N=n,D=d,L=loss,group=set").Read();
        Assert.Equal(
            [
                (
                    "a",
                    new Caution(
                        "units",
                        "N is below 1000 at 2 of 2 points (0.1283 to 1.5): in millions or billions of parameters? If "
                            + "so, name it as N=n*1e9 (or *1e6)"
                    )
                ),
                (
                    "b",
                    new Caution(
                        "units",
                        "D is below N/100 at 1 of 2 points (D/N 0.001): in millions or billions of tokens? If so, name "
                            + "it as D=d*1e9 (or *1e6)"
                    )
                ),
            ],
            set.Cautions
        );
        Assert.Empty(set.CautionsOf("c"));
        Assert.Empty(TableFile.Points(path, "N=n*1e9,D=d*1e9,L=loss", "set=a").Read().Cautions);
        Assert.Contains(
            TableFile.Points(path, "N=n*1e9,D=d*1e9,C=loss*1e9,L=loss", "set=a").Read().Cautions,
            c => c.Caution.Text.StartsWith("C from the column loss*1e9 is ", StringComparison.Ordinal)
        );
    }

    /// <summary>Four sizes at five lengths.</summary>
    private string Table(Func<double, double> perParameterAndToken, string format = "R")
    {
        var rows =
            from i in Enumerable.Range(0, 4)
            from j in Enumerable.Range(0, 5)
            let n = Math.Pow(10, 7 + 0.5 * i)
            let d = Math.Pow(10, 9 + 0.37 * j)
            let c = (perParameterAndToken(n) * n * d).ToString(format, CultureInfo.InvariantCulture)
            select string.Create(CultureInfo.InvariantCulture, $"{n:R},{d:R},{c},{2 + i + 0.1 * j}");
        return table.Write("c.csv", $"n,d,c,loss\n{string.Join('\n', rows)}\n");
    }
}
