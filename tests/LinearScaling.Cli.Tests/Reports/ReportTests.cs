using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using LinearScaling.Cli.Reports;
using LinearScaling.Laws;
using static LinearScaling.Tests.Cli.Lcs;

namespace LinearScaling.Tests.Cli.Reports;

/// <summary>What <c>lcs fit</c> prints and lays out.</summary>
public sealed partial class ReportTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("lcs-report-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    private string Folder => Path.Combine(root, "out");

    [Fact]
    public async Task The_picture_comes_first_then_the_laws_then_the_cautions()
    {
        var (exitCode, text, error) = await SurfaceAsync();
        Assert.Equal((0, ""), (exitCode, error));
        var page = await PageAsync();
        string[] order =
        [
            "<figure",
            "<h2>Coefficients</h2>",
            "\\toprule",
            "<h2>Not to be trusted</h2>",
            "<h2>Goodness and certificate</h2>",
            "<h2>Plots</h2>",
            "<h2>How it was fitted</h2>",
        ];
        var places = order.Select(o => page.IndexOf(o, StringComparison.Ordinal)).ToList();
        Assert.DoesNotContain(-1, places);
        Assert.Equal(places.Order(), places);
        Assert.Contains("size: A4", page, StringComparison.Ordinal);
        Assert.StartsWith("law", text, StringComparison.Ordinal);
        foreach (var name in new[] { "loss", "n_opt", "d_opt" })
            Assert.Matches("<polygon[^>]*fill-opacity=\"0.18\"", await SvgAsync(name));
        // Against C, N, D and row.
        Assert.Equal(4, (await SvgAsync("residuals")).Split("<clipPath").Length - 1);
        var law = Law.Load(Path.Combine(Folder, "law.json"));
        Assert.Equal(1e18, law.FittedRange!.C!.Low, 1e12);
        Assert.Equal(1e21, law.FittedRange.C.High, 1e15);
    }

    [Fact]
    public async Task Nine_groups_have_folders_of_their_own_and_one_page_that_links_all()
    {
        var (exitCode, text, error) = await CurvesAsync([.. Enumerable.Range(0, 9).Select(i => (30.0 + i, -0.08))]);
        Assert.Equal((0, ""), (exitCode, error));
        var lines = text.TrimEnd().Split('\n');
        Assert.Equal(Path.Combine(Folder, "report.html"), lines[^1]);
        Assert.DoesNotContain(lines[..^1], l => l.StartsWith(root, StringComparison.Ordinal));
        foreach (var group in Enumerable.Range(0, 9))
        foreach (var file in new[] { "law.json", "residuals.svg" })
            Assert.True(File.Exists(Path.Combine(Folder, $"g{group}", file)), $"g{group}/{file}");
        Assert.Equal(9, (await SvgAsync("metric")).Split("<clipPath").Length - 1);
        var linked = Links().Matches(await PageAsync()).Select(m => m.Groups[1].Value).ToHashSet();
        Assert.Equal(
            Directory
                .GetFiles(Folder, "*", SearchOption.AllDirectories)
                .Select(f => Path.GetRelativePath(Folder, f))
                .Where(f => f != "report.html")
                .Order(),
            linked.Order()
        );
        // Nine laws are nine rows, and of each kind of caution there is one line.
        Assert.Equal(9, lines.Skip(2).Take(9).Count(l => l.StartsWith('g')));
        var cautions = lines.Where(l => l.StartsWith("not to be trusted (", StringComparison.Ordinal)).ToList();
        Assert.Equal(cautions.Count, cautions.Select(c => c[..c.IndexOf(')')]).Distinct().Count());
    }

    [Theory]
    [InlineData(1e24, false)]
    [InlineData(1e26, true)]
    public async Task No_crossing_is_printed_that_lies_more_than_two_decades_outside(double at, bool outside)
    {
        // 30 C^-0.08 and the line of exponent -0.1 that meets it there; the data end at 1e23.
        await CurvesAsync([(30, -0.08), (30 * Math.Pow(at, 0.02), -0.1)], to: 23);
        var page = await PageAsync();
        var row = page[page.IndexOf("g0 and g1", StringComparison.Ordinal)..];
        Assert.Equal(outside, row.Contains("outside: fitted up to 1e+23", StringComparison.Ordinal));
        Assert.Equal(outside, !Regex.IsMatch(row[..80], @"e\+2\d</td><td>[\d.]+"));
    }

    [Fact]
    public async Task A_plan_far_outside_answers_with_a_caution()
    {
        await SurfaceAsync();
        var law = Path.Combine(Folder, "law.json");
        var (_, near, _) = await RunAsync("plan", "--law", law, "--budget", "9e22");
        Assert.DoesNotContain("two decades", near, StringComparison.Ordinal);
        var (exitCode, far, _) = await RunAsync(
            "plan",
            "--law",
            law,
            "--budget",
            "1e24",
            "--candidates",
            "1e8:2e9,1e14:2e15"
        );
        Assert.Equal(0, exitCode);
        Assert.Contains(
            "not to be trusted: the answer lies more than two decades outside the points that the law was fitted to: C "
                + "1e+24, fitted from 1e+18 to 1e+21",
            far,
            StringComparison.Ordinal
        );
        Assert.Contains("1 of the 2 runs to choose from lie more than two decades", far, StringComparison.Ordinal);
        var (_, json, _) = await RunAsync("plan", "--law", law, "--budget", "1e24", "--json");
        Assert.Equal(
            "outside",
            JsonDocument.Parse(json).RootElement.GetProperty("cautions")[0].GetProperty("code").GetString()
        );
    }

    [Fact]
    public void A_table_can_be_pasted_into_latex()
    {
        var table = new TextTable("law", "R^2", "a of N_opt", "95 %", "C");
        table.Add("tnl_1 & co", "0.99", "-0.5", "[-0.51, -0.4]", "4.943e+11");
        Assert.Equal(
            """
            % \usepackage{booktabs}
            \begin{tabular}{lrrrr}
            \toprule
            law & $R^{2}$ & a of $N_\mathrm{opt}$ & 95 \% & C \\
            \midrule
            tnl\_1 \& co & 0.99 & $-0.5$ & [$-0.51$, $-0.4$] & $4.943 \times 10^{11}$ \\
            \bottomrule
            \end{tabular}

            """.ReplaceLineEndings("\n"),
            LatexTable.Write(table)
        );
    }

    [Fact]
    public void Cautions_of_a_kind_are_one_line_with_their_number()
    {
        NamedCaution[] all =
        [
            .. NamedCaution.Join([
                ("a", new("few_sizes", "only 3")),
                ("b", new("few_sizes", "only 3")),
                ("c", new("few_sizes", "only 2")),
                .. "defghi".Select(c => ($"{c}", new Caution("short_range", "1 decade"))),
            ]),
        ];
        Assert.Equal(
            [
                "not to be trusted (few sizes): a, b: only 3; and 1 more of this kind in the report",
                "not to be trusted (short range): d, e, f, g and 2 more: 1 decade",
            ],
            NamedCaution.Brief(all)
        );
    }

    /// <summary>Hoffmann's surface, scattered by 0.1 % but for one row, on five budgets of seven sizes from 1e18 to
    /// 1e21 FLOPs.</summary>
    private Task<(int ExitCode, string Output, string Error)> SurfaceAsync()
    {
        var rows =
            from budget in Enumerable.Range(0, 5)
            from size in Enumerable.Range(0, 7)
            let c = Math.Pow(10, 18 + budget * 0.75)
            let n = Math.Sqrt(c / 130) * Math.Pow(10, 0.15 * (size - 3))
            let d = c / (6 * n)
            let far = budget == 2 && size == 3 ? 1.05 : 1
            let loss = far * (1.69 + 406.4 / Math.Pow(n, 0.34) + 410.7 / Math.Pow(d, 0.28))
            select Text($"{n:R},{d:R},{loss * (1 + 1e-3 * Math.Sin(97 * budget + 31 * size)):R}");
        return FitAsync("surface", rows.Prepend("n,d,loss"), "N=n,D=d,L=loss", "chinchilla");
    }

    /// <summary>Power laws of compute from 1e19 on, scattered by 0.1 %, a group each.</summary>
    private Task<(int ExitCode, string Output, string Error)> CurvesAsync(
        IReadOnlyList<(double Coefficient, double Exponent)> laws,
        int to = 22
    ) =>
        FitAsync(
            "curves",
            (
                from g in Enumerable.Range(0, laws.Count)
                from i in Enumerable.Range(0, 21)
                let c = Math.Pow(10, 19 + (to - 19) * i / 20.0)
                let loss = laws[g].Coefficient * Math.Pow(c, laws[g].Exponent) * (1 + 1e-3 * Math.Sin(i * i + g))
                select Text($"g{g},{c:R},{loss:R}")
            ).Prepend("group,c,loss"),
            "C=c,L=loss,group=group",
            "power_law"
        );

    private async Task<(int ExitCode, string Output, string Error)> FitAsync(
        string name,
        IEnumerable<string> rows,
        string columns,
        string law
    )
    {
        var table = Path.Combine(root, name + ".csv");
        await File.WriteAllLinesAsync(table, rows, TestContext.Current.CancellationToken);
        return await RunAsync(
            "fit",
            "--table",
            table,
            "--columns",
            columns,
            "--law",
            law,
            "--starts",
            "20",
            "--draws",
            "40",
            "--output",
            Folder
        );
    }

    private Task<string> PageAsync() =>
        File.ReadAllTextAsync(Path.Combine(Folder, "report.html"), TestContext.Current.CancellationToken);

    private Task<string> SvgAsync(string name) =>
        File.ReadAllTextAsync(Path.Combine(Folder, name + ".svg"), TestContext.Current.CancellationToken);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    [GeneratedRegex("<a href=\"([^\"]*)\"")]
    private static partial Regex Links();
}
