using System.CommandLine;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using LinearScaling.Cli.Reports;
using LinearScaling.Laws;

namespace LinearScaling.Cli.Commands;

/// <summary><c>lcs fit</c>: scaling laws over what runs and evaluations wrote. Never touches the tensor engine.</summary>
internal static class FitCommand
{
    public static Command Create()
    {
        var metric = new Option<string>("--metric") { Description = "What to fit: val_loss, train_loss, or any metric of eval.jsonl.", DefaultValueFactory = _ => "val_loss" };
        var runs = new Option<string>("--runs") { Description = "Directory with runs at or below it.", DefaultValueFactory = _ => "runs", HelpName = "dir" };
        var output = new Option<string?>("--output", "-o") { Description = "Where report, plots and laws go; by default fits/<metric> below --runs.", HelpName = "dir" };
        var convention = new Option<string>("--convention") { Description = "How compute counts: paper, exact, 6nd or palm.", DefaultValueFactory = _ => "paper" };
        var burnIn = new Option<double>("--burn-in")
        {
            Description = "Fraction of each run's tokens left out at its start.",
            HelpName = "fraction",
            DefaultValueFactory = _ => 0.02,
            CustomParser = result =>
            {
                if (double.TryParse(result.Tokens[^1].Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value is >= 0 and < 1)
                    return value;
                result.AddError($"--burn-in: expected a fraction from 0 up to, but not, 1, got '{result.Tokens[^1].Value}'");
                return 0;
            },
        };
        var json = new Option<bool>("--json") { Description = "Print the laws as JSON in place of the table." };
        var command = new Command("fit", "Fit scaling laws to the metrics of runs, and write tables, plots and a report.") { metric, runs, output, convention, burnIn, json };
        command.SetAction(parse =>
        {
            var (root, name) = (parse.GetRequiredValue(runs), parse.GetRequiredValue(metric));
            Fit(
                root, name, parse.GetRequiredValue(convention), parse.GetRequiredValue(burnIn),
                parse.GetValue(output) ?? Path.Combine(root, "fits", name.Replace('/', '-')),
                parse.GetValue(json),
                "lcs " + string.Join(' ', parse.Tokens.Select(t => t.Value.Contains(' ', StringComparison.Ordinal) ? $"\"{t.Value}\"" : t.Value)),
                parse.InvocationConfiguration.Output, parse.InvocationConfiguration.Error);
        });
        return command;
    }

    private static void Fit(string root, string metric, string convention, double burnIn, string output, bool json, string commandLine, TextWriter result, TextWriter log)
    {
        var data = RunCurves.Read(root, metric, convention, burnIn);
        var fits = data.Curves
            .GroupBy(c => c.Architecture)
            .Select(g => EnvelopeFit.Of([.. g.OrderBy(c => c.N)]))
            .Select(f => f with { Cautions = [.. data.Cautions, .. f.Cautions] })
            .ToList();
        data = data with { LeftOut = [.. data.LeftOut, .. fits.SelectMany(f => f.LeftOut)] };
        var version = typeof(FitCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
        var points = data.Curves.Sum(c => c.Points.Count);
        var laws = fits.ConvertAll(f => Law.Of(
            f, metric, convention,
            new(root, f.Curves.Sum(c => c.Points.Count), DataFingerprint.Of(f.Curves), data.LeftOut), version, commandLine));

        var report = new EnvelopeReport(fits, metric, convention);
        var written = Write(output, report, laws, Page(report, data, metric, convention, commandLine, version, points), log);
        if (json)
            result.WriteLine(JsonSerializer.Serialize(laws, LawJson.Default.IReadOnlyListLaw));
        else
        {
            result.WriteLine(report.Laws());
            result.WriteLine(report.BestSizes());
            foreach (var caution in report.Cautions())
                result.WriteLine($"not to be trusted: {caution}");
            foreach (var group in data.LeftOut.GroupBy(l => l.Why))
                result.WriteLine($"left out: {group.Sum(l => l.Points)} points of {(group.Count() > 4 ? $"{group.Count()} runs" : string.Join(", ", group.Select(l => l.What)))}: {group.Key}");
            foreach (var path in written)
                result.WriteLine(path);
        }
    }

    private static List<string> Write(string output, EnvelopeReport report, List<Law> laws, string page, TextWriter log)
    {
        try
        {
            Directory.CreateDirectory(output);
            var written = new List<string> { Path.Combine(output, "report.html") };
            File.WriteAllText(written[0], page);
            foreach (var law in laws)
            {
                var folder = Directory.CreateDirectory(Path.Combine(output, law.Name)).FullName;
                written.Add(Path.Combine(output, law.Name, "law.json"));
                law.Save(Path.Combine(folder, "law.json"));
            }
            var missing = PngFigure.MissingFonts();
            foreach (var (figure, _) in report.Plots())
            {
                written.Add(Path.Combine(output, figure.Name + ".svg"));
                File.WriteAllText(written[^1], SvgFigure.Render(figure));
                if (missing is not null)
                    continue;
                written.Add(Path.Combine(output, figure.Name + ".png"));
                PngFigure.Save(figure, written[^1]);
            }
            if (missing is not null)
                log.WriteLine(missing);
            return written;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new LinearScalingException($"{output}: cannot be written: {e.Message}", e);
        }
    }

    private static string Page(EnvelopeReport report, RunCurves data, string metric, string convention, string commandLine, string version, int points)
    {
        var page = new HtmlReport($"Scaling laws of {metric}");
        page.Code(commandLine);
        page.Heading("Laws");
        page.Paragraph($"L(C) = beta C^alpha over the compute envelope (approach 1), without an irreducible term, as in arXiv 2406.16690; N_opt and D_opt where one size hands over to the next. C counts under the convention '{convention}'; 1 PF-day = 8.64e19 FLOPs. Intervals are 95 %, from {EnvelopeFit.Draws} bootstrap draws that move each run as a whole.");
        page.Table(report.Laws());
        page.Table(report.Coefficients());
        if (report.Cautions() is { Count: > 0 } cautions)
        {
            page.Heading("Not to be trusted");
            page.List(cautions, "caution");
        }
        page.Heading("Plots");
        foreach (var (figure, caption) in report.Plots())
            page.Plot(figure, caption);
        page.Heading("Which size is best where");
        page.Table(report.BestSizes());
        page.Heading("Data");
        page.Paragraph($"{points} points of {data.Curves.Count} runs; fingerprint {data.Fingerprint}; lcs {version}.");
        var runs = new TextTable("run", "architecture", "size", "N", "points", "from C", "to C", "last value");
        foreach (var c in data.Curves)
            runs.Add(c.Run, c.Architecture, c.Size, Numbers.Short(c.N), c.Points.Count.ToString(CultureInfo.InvariantCulture), Numbers.Short(c.FirstFlops), Numbers.Short(c.LastFlops), Numbers.Fixed(c.Points[^1].Value));
        page.Table(runs);
        if (data.LeftOut.Count > 0)
        {
            var left = new TextTable("left out", "points", "why");
            foreach (var l in data.LeftOut)
                left.Add(l.What, l.Points.ToString(CultureInfo.InvariantCulture), l.Why);
            page.Table(left);
        }
        return page.Render();
    }
}
