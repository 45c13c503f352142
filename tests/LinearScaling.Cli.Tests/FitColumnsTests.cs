using System.Globalization;
using LinearScaling.Laws;
using static LinearScaling.Tests.Cli.Lcs;

namespace LinearScaling.Tests.Cli;

/// <summary>Laws of a table's own columns.</summary>
public sealed class FitColumnsTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("lcs-columns-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public async Task Width_and_depth_add_up_in_a_law_that_its_file_gives_back()
    {
        var (exitCode, _, error) = await FitAsync(
            "L=loss,width=d model,depth=layers,D=tokens",
            "additive",
            "--loss",
            "log-squared"
        );
        Assert.Equal((0, ""), (exitCode, error));
        var law = Law.Load(Path.Combine(root, "out", "law.json"));
        Assert.Equal(("additive", "width, depth, D"), (law.Form, law.Variable));
        Assert.Equal(
            "L = E + A_width / width^alpha_width + A_depth / depth^alpha_depth + A_D / D^alpha_D",
            law.Equation
        );
        Assert.Equal(0.3, law.Coefficients["alpha_width"], 0.02);
        Assert.Equal(0.5, law.Coefficients["alpha_D"], 0.02);
        Assert.True(File.Exists(Path.Combine(root, "out", "fitted.png")));
        var residuals = await File.ReadAllTextAsync(
            Path.Combine(root, "out", "residuals.svg"),
            TestContext.Current.CancellationToken
        );
        foreach (var axis in new[] { "D (tokens)", "width", "depth", "row, in order" })
            Assert.Contains($">{axis}</text>", residuals, StringComparison.Ordinal);
        var e = Assert.Throws<LinearScalingException>(() => law.LossAt(1e20));
        Assert.StartsWith(
            "law 'shapes' (additive of width, depth, D) says nothing about compute-optimal N and D",
            e.Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Learning_rates_follow_size_and_tokens()
    {
        var (exitCode, text, error) = await FitAsync("L=rate,width=d model,D=tokens", "power_law_columns");
        Assert.Equal((0, ""), (exitCode, error));
        Assert.Contains("exponent_width", text, StringComparison.Ordinal);
        var law = Law.Load(Path.Combine(root, "out", "law.json"));
        Assert.Equal(-0.7, law.Coefficients["exponent_width"], 1e-6);
        Assert.Equal(0.3, law.Coefficients["exponent_D"], 1e-6);
    }

    [Theory]
    [InlineData(
        "L=loss,width=d model",
        "chinchilla",
        "--columns: expected ROLE=COLUMN with a role of N, D, C, L, X, run, group, SE, "
            + "weight, budget, via, got 'width=d model'"
    )]
    [InlineData(
        "L=loss,a b=d model",
        "additive",
        "--columns: expected ROLE=COLUMN with a role of N, D, C, L, X, run, group, SE, "
            + "weight, budget, via, got 'a b=d model'"
    )]
    [InlineData("L=loss,width=d modle", "additive", "unknown column 'd modle'; did you mean d model?")]
    [InlineData(
        "L=loss",
        "additive",
        "--law additive: name the columns that it is of with --columns, as L=loss,N=params,width=d_model"
    )]
    [InlineData(
        "L=loss,N=d model,D=tokens",
        "data_constrained",
        "--columns: unique is missing: the form reads it; name its column, as unique=COLUMN"
    )]
    [InlineData(
        "L=loss,C=tokens",
        "loss_to_loss",
        "--law loss_to_loss: it is a law of another metric, not of compute; name the column X in --columns"
    )]
    public async Task A_column_too_few_or_too_many_is_named(string columns, string law, string message)
    {
        var (exitCode, _, error) = await FitAsync(columns, law);
        Assert.Equal(2, exitCode);
        Assert.Contains(message, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rows_without_a_number_in_a_column_of_the_form_are_left_out()
    {
        await File.AppendAllTextAsync(Table, "0,4,1e9,3,1e-3\n,4,1e9,3,1e-3\n", TestContext.Current.CancellationToken);
        var (exitCode, text, _) = await FitAsync("L=rate,width=d model,D=tokens", "power_law_columns");
        Assert.Equal(0, exitCode);
        Assert.Contains(
            "left out: 2 points of table: no positive, finite number in a column of width, D",
            text,
            StringComparison.Ordinal
        );
    }

    private string Table => Path.Combine(root, "shapes.csv");

    private Task<(int ExitCode, string Output, string Error)> FitAsync(
        string columns,
        string law,
        params string[] options
    ) =>
        RunAsync([
            "fit",
            "--table",
            Table,
            "--columns",
            columns,
            "--law",
            law,
            "--starts",
            "40",
            "--draws",
            "30",
            "--output",
            Path.Combine(root, "out"),
            .. options,
        ]);

    public FitColumnsTests()
    {
        var rows =
            from i in Enumerable.Range(0, 60)
            let width = 64 << (i % 5)
            let depth = 3 + i * 7 % 11
            let tokens = 1e8 * Math.Pow(3, i / 5 % 6)
            let loss = 1.7 + 6 / Math.Pow(width, 0.3) + 1 / Math.Pow(depth, 0.4) + 2e4 / Math.Pow(tokens, 0.5)
            let rate = 1.8 * Math.Pow(width, -0.7) * Math.Pow(tokens, 0.3)
            select string.Create(
                CultureInfo.InvariantCulture,
                $"{width},{depth},{tokens:R},{loss * (1 + 1e-5 * Math.Sin(i)):R},{rate:R}"
            );
        File.WriteAllLines(Table, rows.Prepend("d model,layers,tokens,loss,rate"));
    }
}
