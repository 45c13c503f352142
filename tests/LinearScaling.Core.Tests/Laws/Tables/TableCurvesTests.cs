using System.Globalization;
using LinearScaling.Laws.Envelopes;
using LinearScaling.Laws.Points;

namespace LinearScaling.Tests.Laws.Tables;

/// <summary>Published curves: a table whose rows are checkpoints of runs.</summary>
public sealed class TableCurvesTests : IDisposable
{
    private static readonly double[] Sizes = [1e4, 1e5, 1e6, 1e7, 1e8];

    private static readonly string[] Architectures = ["tnl", "llama"];

    private readonly TableFile table = new();

    public void Dispose() => table.Dispose();

    [Theory]
    [InlineData("D=d")]
    [InlineData("C=c")]
    [InlineData("D=d,C=c")]
    public void The_envelope_of_a_tables_curves_has_the_exponents_of_its_surface(string compute)
    {
        var points = TableFile.Points(Curves(), $"run=run,N=n,{compute},L=loss,group=arch").Read();
        Assert.True(TableCurves.Has(points));
        var curves = TableCurves.Trace(points, "t", "loss", 0);
        Assert.Equal(["tnl", "llama"], curves.Curves.Select(c => c.Architecture).Distinct());
        Assert.Equal(["tnl-10000", "10000 of llama"], curves.Curves.Where(c => c.N == 1e4).Select(c => c.Run));
        Assert.Equal("1E+06", curves.Curves[2].Size);
        foreach (var family in curves.Curves.GroupBy(c => c.Architecture))
        {
            // L = N^-0.5 + D^-0.5 has its optimum at N = D: with C = 6ND both exponents are 0.5, L = 2 (C/6)^-0.25.
            var fit = EnvelopeFit.Fit([.. family]);
            Assert.Equal(4, fit.Envelope.HandOvers.Count);
            Assert.Equal(0.5, fit.NOpt!.Exponent, 2e-2);
            Assert.Equal(1.0, fit.ExponentSum!.Value, 1e-6);
            Assert.InRange(fit.Loss.Exponent, -0.26, -0.24);
            var tokens = fit.Envelope.HandOvers[1];
            Assert.InRange(tokens.Flops / (6 * tokens.N * tokens.D), 0.999, 1.001);
        }
    }

    [Fact]
    public void Rows_in_any_order_with_repeats_and_burn_in_become_curves_and_the_rest_is_listed()
    {
        var path = table.Write(
            "t.csv",
            """
            run,n,d,loss
            a,1e6,4e6,2.5
            a,1e6,1e4,9
            b,2e6,4e6,2.4
            a,1e6,2e6,3
            a,1e6,1e6,-1
            a,1e6,4e6,2.6
            b,2e6,1e6,3.1
            c,4e6,1e6,3.2

            """
        );
        var curves = TableCurves.Trace(TableFile.Points(path, "run=run,N=n,D=d,L=loss").Read(), "t", "loss", 0.02);
        Assert.Equal([(2e6, 3.0), (4e6, 2.6)], curves.Curves[0].Points.Select(p => (p.Tokens, p.Value)));
        Assert.Equal([(1e6, 3.1), (4e6, 2.4)], curves.Curves[1].Points.Select(p => (p.Tokens, p.Value)));
        Assert.Equal(1.2e7, curves.Curves[1].FlopsPerToken);
        Assert.Equal(
            [
                new("run a", 1, "another row of the run has the same compute"),
                new("run a", 1, "not a positive number"),
                new("run a", 1, "burn-in: the first 2% of the run's tokens"),
                new LeftOut("run c", 1, "fewer than two points remain"),
            ],
            curves.LeftOut
        );
    }

    [Theory]
    [InlineData("N=n,D=d,L=loss")] // a row a run
    [InlineData("N=n,D=d,L=loss,run=once")]
    [InlineData("N=n,D=d,L=loss,run=family")] // clusters of models of several sizes
    [InlineData("N=n,D=d,L=loss,run=seeds")] // again and again at the same compute
    [InlineData("C=d,L=loss,run=run")]
    public void Other_rows_are_no_curves(string columns)
    {
        var path = table.Write(
            "t.csv",
            "n,d,loss,once,family,seeds,run\n"
                + "1e6,1e7,3,a,x,1,r\n1e6,1e7,3,b,x,1,r\n2e6,1e7,3,c,x,2,r\n2e6,1e7,3,d,x,2,s\n"
        );
        Assert.False(TableCurves.Has(TableFile.Points(path, columns).Read()));
    }

    [Fact]
    public void Runs_of_two_sizes_and_tables_without_curves_are_refused()
    {
        var path = table.Write("t.csv", "n,d,loss,run\n1e6,1e7,3,a\n2e6,2e7,3,a\n2e6,1e7,3,b\n");
        var e = Assert.Throws<LinearScalingException>(() =>
            TableCurves.Trace(TableFile.Points(path, "N=n,D=d,L=loss,run=run").Read(), path, "loss", 0)
        );
        Assert.Equal(
            "t: run a has N = 1E+06 and N = 2E+06: a run has one size; name the column that tells runs apart with "
                + "--columns run=COLUMN",
            e.Message
        );
        e = Assert.Throws<LinearScalingException>(() =>
            TableCurves.Trace(TableFile.Points(path, "N=n,D=d,L=loss").Read(), "x.csv", "loss", 0)
        );
        Assert.StartsWith("x.csv: no run has two points at different compute", e.Message, StringComparison.Ordinal);
        e = Assert.Throws<LinearScalingException>(() =>
            TableCurves.Trace(TableFile.Points(path, "C=d,L=loss").Read(), path, "loss", 0)
        );
        Assert.Equal("t: approach 1 needs N and D of every point; name two of N, D and C with --columns", e.Message);
    }

    private string Curves()
    {
        var rows =
            from arch in Architectures
            from n in Sizes
            from i in Enumerable.Range(0, 121)
            let d = 1e3 * Math.Pow(1e6, i / 120.0)
            let loss = (arch == "tnl" ? 1 : 1.1) * (Math.Pow(n, -0.5) + Math.Pow(d, -0.5))
            let run = arch == "tnl" ? $"tnl-{n:F0}" : $"{n:F0} of llama"
            select string.Create(CultureInfo.InvariantCulture, $"{arch},{run},{n:R},{d:R},{6 * n * d:R},{loss:R}");
        return table.Write("curves.csv", $"arch,run,n,d,c,loss\n{string.Join('\n', rows)}\n");
    }
}
