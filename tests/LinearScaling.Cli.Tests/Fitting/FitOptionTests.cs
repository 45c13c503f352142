using System.Text.RegularExpressions;
using LinearScaling.Cli;

namespace LinearScaling.Tests.Cli.Fitting;

/// <summary>Every option of <c>lcs fit</c> beside every method: it changes the result, or it is refused by
/// name.</summary>
public sealed partial class FitOptionTests(FitOptionTests.Samples samples) : IClassFixture<FitOptionTests.Samples>
{
    /// <summary>A table and runs that every method can be fitted to.</summary>
    public sealed class Samples : IDisposable
    {
        public Samples() => SampleStudy.Write(Root);

        public string Root { get; } = Directory.CreateTempSubdirectory("lcs-options-").FullName;

        public void Dispose() => Directory.Delete(Root, recursive: true);
    }

    private const string Surface = "--table T --columns N=n,D=d,L=loss";
    private const string Curves = "--table T --columns run=run,N=n,D=d,L=loss";
    private const string Fit = " --starts 2 --draws 20";
    private const string Parametric = "--loss --delta --overestimates --fix --starts --draws";
    private const string Rows = " --where --drop-worst --best-per ";

    /// <summary>A method by its command line, and the options that do something beside it; all others are
    /// refused.</summary>
    /// <remarks>An option that is new here is refused everywhere, or it is listed.</remarks>
    public static TheoryData<string, string> Methods =>
        new()
        {
            { Surface + " --law chinchilla" + Fit, Parametric + Rows + "--overlay --approach" },
            { Surface + " --law chinchilla,gadre" + Fit, Parametric + Rows + "--overlay" },
            { "--table T --columns N=n,D=d,X=loss,L=acc --law sigmoid" + Fit, Parametric + Rows },
            { "--table T --columns C=c,L=loss --law power_law_offset" + Fit, Parametric + Rows + "--overlay" },
            { "--table T --columns width=width,D=d,L=loss --law additive" + Fit, Parametric + Rows },
            {
                "--table T --columns N=n,D=d,via=loss,L=acc" + Fit,
                Parametric + Rows + "--overlay --law --link --metric"
            },
            {
                "--table L --columns run=run,step=step,lr=lr,L=loss --law multi_power" + Fit,
                Parametric + " --where --burn-in"
            },
            { Curves + " --draws 20", Rows + "--draws --burn-in --overlay --law --approach" },
            { Surface + " --approach 2 --draws 20", Rows + "--draws --overlay" },
            { Curves + " --approach all" + Fit, Parametric + Rows + "--burn-in --overlay --law" },
            {
                "--runs R --draws 20",
                "--metric --convention --burn-in --draws --overlay --law --approach --against --via"
            },
            {
                "--runs R --law chinchilla" + Fit,
                Parametric + " --metric --convention --burn-in --overlay --approach --via"
            },
            { "--runs R --metric task/acc --against val_loss" + Fit, Parametric + " --convention --burn-in --law" },
            {
                "--runs R --metric task/acc --via val_loss" + Fit,
                Parametric + " --convention --burn-in --overlay --law --link"
            },
            { "--runs R --approach 2,3" + Fit, Parametric + " --metric --convention --burn-in --overlay --law" },
            { "--runs S --law annealing" + Fit, Parametric + " --metric --burn-in" },
        };

    /// <summary>Something that each option can be told.</summary>
    private static readonly Dictionary<string, string> Values = new()
    {
        ["--metric"] = "task/err",
        ["--runs"] = "R",
        ["--table"] = "T",
        ["--columns"] = "N=n,D=d,L=loss",
        ["--where"] = "kind=a",
        ["--drop-worst"] = "9",
        ["--best-per"] = "N,D",
        ["--approach"] = "2,3",
        ["--law"] = "kaplan",
        ["--against"] = "train_loss",
        ["--via"] = "train_loss",
        ["--link"] = "exponential",
        ["--loss"] = "huber",
        ["--delta"] = "1e-4",
        ["--overestimates"] = "3",
        ["--fix"] = "E=1.5",
        ["--overlay"] = "hoffmann2022",
        ["--starts"] = "3",
        ["--draws"] = "40",
        ["--convention"] = "exact",
        ["--burn-in"] = "0.2",
    };

    private static readonly string[] Everywhere = ["--output", "--json"];

    [Theory]
    [MemberData(nameof(Methods))]
    public async Task What_would_do_nothing_is_refused_by_name(string line, string used)
    {
        var given = line.Split(' ');
        foreach (var option in Options().Except(given).Except(used.Split(' ')).Except(Everywhere))
        {
            var (exitCode, _, error) = await Lcs.RunAsync(Line($"{line} {option} {Value(line, option)}"));
            Assert.True(exitCode == 2, $"{option} is ignored: {error}");
            Assert.Contains(option.TrimStart('-'), error.TrimEnd().Split('\n')[^1], StringComparison.Ordinal);
        }
    }

    /// <summary>Each option once with a table and once with runs, where the fit is soon done.</summary>
    [Theory]
    [InlineData("--table T --columns C=c,L=loss --law power_law_offset" + Fit, Parametric + Rows + "--overlay")]
    [InlineData(Curves + " --draws 20", "--draws --burn-in --overlay")]
    [InlineData("--table T --columns N=n,D=d,via=loss,L=acc --where kind=a --where d>3e6" + Fit, "--link --metric")]
    [InlineData("--runs S --law annealing" + Fit, Parametric + " --metric --burn-in")]
    [InlineData("--runs R --draws 20", "--convention --overlay --draws")]
    public async Task What_is_taken_changes_the_result(string line, string used)
    {
        Assert.StartsWith("[", await Result(line + " --json"), StringComparison.Ordinal);
        var results = new Dictionary<string, string> { [line] = await Result(line) };
        foreach (var option in used.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            Assert.Contains(option, Options());
            var before = option == "--overestimates" ? line + " --loss asymmetric" : line;
            var without = Replaced().Replace(before, m => m.Groups[1].Value == option ? "" : m.Value);
            if (!results.TryGetValue(before, out var expected))
                results[before] = expected = await Result(before);
            Assert.NotEqual(expected, await Result($"{without} {option} {Value(line, option)}"));
        }
    }

    private static IEnumerable<string> Options() =>
        App.Root().Subcommands.Single(c => c.Name == "fit").Options.Select(o => o.Name).Where(n => n != "--help");

    /// <summary>A form has coefficients of its own, and a table metrics of its own.</summary>
    private static string Value(string line, string option) =>
        option switch
        {
            "--fix" when line.Contains("sigmoid", StringComparison.Ordinal) => "low=0.1",
            "--fix" when line.Contains("--against", StringComparison.Ordinal) => "low=0.1",
            "--fix" when line.Contains("multi_power", StringComparison.Ordinal) => "L0=1.5",
            "--fix" when line.Contains("annealing", StringComparison.Ordinal) => "L0=1.5",
            "--best-per" when line.Contains("C=", StringComparison.Ordinal) => "C",
            "--best-per" when line.Contains("width", StringComparison.Ordinal) => "width,D",
            "--where" when line.Contains("--table L", StringComparison.Ordinal) => "step<250",
            "--law" when line.Contains("--against", StringComparison.Ordinal) => "exponential",
            "--metric" when line.Contains("via=", StringComparison.Ordinal) => "err",
            "--metric" when !line.Contains("task", StringComparison.Ordinal) => "train_loss",
            _ => Values[option],
        };

    /// <summary>All that a fit says and draws, less the command line.</summary>
    private async Task<string> Result(string line)
    {
        var folder = Path.Combine(samples.Root, "out");
        var (exitCode, output, error) = await Lcs.RunAsync([.. Line(line), "--output", folder]);
        Assert.True(exitCode == 0, $"{line}: {error}");
        var page = await File.ReadAllTextAsync(
            Path.Combine(folder, "report.html"),
            TestContext.Current.CancellationToken
        );
        Directory.Delete(folder, recursive: true);
        return output + CommandLine().Replace(page, "");
    }

    private string[] Line(string text) =>
        [
            "fit",
            .. text.Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Select(w =>
                    w switch
                    {
                        "T" => Path.Combine(samples.Root, "points.csv"),
                        "L" => Path.Combine(samples.Root, "schedules.csv"),
                        "R" => Path.Combine(samples.Root, "sizes"),
                        "S" => Path.Combine(samples.Root, "schedules"),
                        _ => w,
                    }
                ),
        ];

    [GeneratedRegex("<pre>.*?</pre>", RegexOptions.Singleline)]
    private static partial Regex CommandLine();

    [GeneratedRegex(@" (--\S+) \S+")]
    private static partial Regex Replaced();
}
