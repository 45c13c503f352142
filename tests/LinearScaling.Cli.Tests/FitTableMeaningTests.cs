using System.Globalization;
using LinearScaling.Cli;
using LinearScaling.Laws;

namespace LinearScaling.Tests.Cli;

/// <summary>What a table is fitted by where no form was named, and what is said of its C.</summary>
public sealed class FitTableMeaningTests : IDisposable
{
    private static readonly string[] Architectures = ["x", "y"];

    /// <summary>Which the envelope has no use for.</summary>
    private static readonly string[] Starts = ["--starts", "30"];

    private readonly string root = Directory.CreateTempSubdirectory("lcs-fit-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public async Task Several_rows_a_run_are_fitted_by_the_envelope_of_each_group()
    {
        var (exitCode, text, error) = await FitAsync("N=n,D=d,C=flops,L=loss,run=run,group=arch", "--burn-in", "0");
        Assert.Equal(0, exitCode);
        Assert.Contains("several rows a run: fitted by the envelope of the runs", error, StringComparison.Ordinal);
        // C is 7.2 N D throughout.
        Assert.Contains(
            "C from the column flops is 1.2 times 6ND in the median (1.2 to 1.2); budgets are spent by",
            error,
            StringComparison.Ordinal
        );
        Assert.Contains("alpha of L", text, StringComparison.Ordinal);
        foreach (var name in Architectures)
        {
            var law = Law.Load(Path.Combine(root, "out", name, "law.json"));
            Assert.Equal(("envelope", "column flops", "loss"), (law.Method, law.Convention, law.Metric));
            Assert.Equal(0.5, law.NOpt!.Exponent, 2e-2);
            // N_opt = D_opt = sqrt(C / 7.2).
            Assert.InRange(law.Optimal(7.2e12).N / 1e6, 0.8, 1.25);
            Assert.InRange(law.Optimal(7.2e12).D / 1e6, 0.8, 1.25);
        }
        var plot = await File.ReadAllTextAsync(
            Path.Combine(root, "out", "n_opt.svg"),
            TestContext.Current.CancellationToken
        );
        Assert.Contains("C from the column flops (training FLOPs)", plot, StringComparison.Ordinal);
        Assert.DoesNotContain("convention", plot, StringComparison.Ordinal);
        Assert.DoesNotContain("non-embedding", plot, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_row_a_run_is_fitted_by_a_surface_whose_budgets_are_spent_as_the_table_counts()
    {
        var (exitCode, text, _) = await FitAsync("N=n,D=d,C=flops,L=loss", "--where", "arch=x");
        Assert.Equal(0, exitCode);
        Assert.Contains("b of D_opt", text, StringComparison.Ordinal);
        var law = Law.Load(Path.Combine(root, "out", "law.json"));
        Assert.Equal(("chinchilla", "column flops"), (law.Form, law.Convention));
        Assert.Equal((7.2, 1.0), (Math.Round(law.Rule.Coefficient, 6), Math.Round(law.Rule.Exponent, 6)));
        var best = law.Optimal(7.2e12);
        Assert.Equal(7.2e12, 7.2 * best.N * best.D, 1e6);
        Assert.Equal(1e6, best.N, 1e4);
    }

    [Theory]
    [InlineData("C=flops,L=loss")]
    [InlineData("C=flops,L=loss,run=run")]
    public async Task C_and_L_alone_are_refused_with_the_two_ways_out(string columns)
    {
        var (exitCode, _, error) = await FitAsync(columns);
        Assert.Equal(2, exitCode);
        Assert.EndsWith(
            "C and L alone can mean two laws: name also run and N in --columns for the envelope of the runs, or choose "
                + "--law power_law for one power law through all points\n",
            error,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Sizes_in_billions_are_a_caution_in_the_output_and_in_the_law()
    {
        var (_, text, _) = await FitAsync("N=n/1e9,D=d/1e9,L=loss", "--where", "arch=x");
        const string caution = "N is below 1000 at 95 of 95 points";
        Assert.Contains($"not to be trusted (units): curves: {caution}", text, StringComparison.Ordinal);
        Assert.Contains(
            Law.Load(Path.Combine(root, "out", "law.json")).Cautions,
            c => c.Code == "units" && c.Text.StartsWith(caution, StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task The_best_row_of_equal_n_and_d_is_kept_when_asked_for()
    {
        var (exitCode, text, _) = await FitAsync("N=n,D=d,L=loss", "--best-per", "N, D");
        Assert.Equal(0, exitCode);
        Assert.Contains(
            "left out: 95 points of table: another row of the same N and D has a lower metric",
            text,
            StringComparison.Ordinal
        );
        (exitCode, _, var error) = await FitAsync("N=n,D=d,L=loss", "--best-per", "lr");
        Assert.Equal(2, exitCode);
        Assert.Contains("unknown role 'lr'; one of: N, D", error, StringComparison.Ordinal);
    }

    /// <summary>Curves of L = 1.5 + N^-0.5 + D^-0.5, which has its optimum at N = D, and of a family that is worse by a
    /// tenth.</summary>
    private async Task<(int ExitCode, string Output, string Error)> FitAsync(string columns, params string[] more)
    {
        var rows =
            from arch in Architectures
            from size in Enumerable.Range(0, 5)
            from i in Enumerable.Range(0, 19)
            let n = 1e4 * Math.Pow(10, size)
            let d = 1e3 * Math.Pow(1e6, i / 18.0)
            let loss = 1.5 + (arch == "x" ? 1 : 1.1) * (Math.Pow(n, -0.5) + Math.Pow(d, -0.5))
            select string.Create(
                CultureInfo.InvariantCulture,
                $"{arch},{arch}-{n:F0},{n:R},{d:R},{7.2 * n * d:R},{loss:R}"
            );
        var table = Path.Combine(root, "curves.csv");
        File.WriteAllLines(table, ["arch,run,n,d,flops,loss", .. rows]);
        using var output = new StringWriter();
        using var error = new StringWriter();
        var exitCode = await App.RunAsync(
            [
                "fit",
                "--table",
                table,
                "--columns",
                columns,
                .. columns.Contains("run=", StringComparison.Ordinal) ? [] : Starts,
                "--draws",
                "30",
                "--output",
                Path.Combine(root, "out"),
                .. more,
            ],
            output,
            error,
            TestContext.Current.CancellationToken
        );
        return (exitCode, output.ToString(), error.ToString());
    }
}
