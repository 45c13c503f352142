using System.CommandLine;
using System.Globalization;
using LinearScaling.Cli.Reports;
using LinearScaling.Cli.Reports.Approaches;
using LinearScaling.Cli.Reports.Comparing;
using LinearScaling.Cli.Reports.Envelopes;
using LinearScaling.Laws;
using LinearScaling.Laws.Comparing;
using LinearScaling.Laws.Envelopes;
using LinearScaling.Laws.Forms;
using LinearScaling.Laws.IsoFlops;
using LinearScaling.Laws.Parametric;
using LinearScaling.Laws.Points;

namespace LinearScaling.Cli.Commands.Fitting;

/// <summary>What one approach made of the data.</summary>
/// <param name="Points">How many points it used.</param>
/// <param name="Surfaces">Coefficients of L(N, D) by group, where they are those of Chinchilla's form.</param>
internal sealed record Fitted(
    ILawReport Report,
    IReadOnlyList<LeftOut> LeftOut,
    string Hash,
    int Points,
    IReadOnlyDictionary<string, IReadOnlyList<double>> Surfaces
);

/// <summary>The three approaches of Hoffmann et al. (arXiv 2203.15556) to one set of data: each as a report.</summary>
internal sealed class FitApproaches(ParseResult parse, FitOutput output, FitData data, IReadOnlyList<Law> overlays)
{
    private static readonly Dictionary<string, IReadOnlyList<double>> NoSurfaces = [];

    /// <summary>Reads <c>1,3</c> or <c>all</c>.</summary>
    public static IReadOnlyList<int> Parse(string text)
    {
        if (text == "all")
            return [1, 2, 3];
        var approaches = new SortedSet<int>();
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries))
            if (part is "1" or "2" or "3")
                approaches.Add(int.Parse(part, CultureInfo.InvariantCulture));
            else
                throw new LinearScalingException($"--approach: expected some of 1, 2, 3, or all, got '{part}'");
        return [.. approaches];
    }

    /// <summary>Every approach that is asked for, in one report; where several are and one cannot be taken, the report
    /// says why.</summary>
    public Fitted Several(IReadOnlyList<int> approaches)
    {
        List<LawForm> surface = data.Forms ?? [new Chinchilla()];
        if (data.Rising)
            throw CommandMistakes.RisingMetric(data.Metric);
        if (approaches.Count == 1)
            return approaches[0] switch
            {
                1 => Envelopes(),
                2 => IsoFlops(NoSurfaces),
                _ => Parametric(surface),
            };
        var (fitted, failed) = (new SortedDictionary<int, Fitted>(), new List<string>());
        // The surface first: approach 2 measures its bias on it.
        foreach (var approach in approaches.OrderDescending())
            try
            {
                fitted[approach] = approach switch
                {
                    1 => Envelopes(),
                    2 => IsoFlops(fitted.TryGetValue(3, out var third) ? third.Surfaces : NoSurfaces),
                    _ => Parametric(surface),
                };
            }
            catch (LinearScalingException e)
            {
                failed.Add($"approach {approach} is left out: {e.Message}");
            }
        if (fitted.Count == 0)
            throw new LinearScalingException(string.Join('\n', failed));
        return new(
            new ApproachesReport(
                [.. fitted.Select(f => (f.Key, f.Value.Report))],
                failed,
                data.Points.Groups.ToDictionary(g => g.Name, g => Budgets(g.Points)),
                data.Metric
            ),
            [.. fitted.Values.SelectMany(f => f.LeftOut).Distinct()],
            fitted.Values.Last().Hash,
            fitted.Values.Max(f => f.Points),
            NoSurfaces
        );
    }

    /// <summary>Where approaches are compared: the middle of the data's compute, its end, and ten times that.</summary>
    private static IReadOnlyList<double> Budgets(IReadOnlyList<Observation> points)
    {
        var (least, most) = (points.Min(o => o.C), points.Max(o => o.C));
        return [Math.Sqrt(least * most), most, 10 * most];
    }

    /// <summary>Approach 1: the envelope of whole curves.</summary>
    public Fitted Envelopes()
    {
        var curves = data.Curves ?? throw CommandMistakes.NoCurves(data.Source);
        var fits = curves
            .Curves.GroupBy(c => c.Architecture)
            .Select(g =>
                EnvelopeFit.Fit([.. g.OrderBy(c => c.N)], parse.GetValue(FitOptions.Draws) ?? EnvelopeFit.DefaultDraws)
            )
            .Select(f => f with { Cautions = [.. data.CautionsOf(f.Architecture), .. f.Cautions] })
            .ToList();
        List<LeftOut> leftOut = [.. curves.LeftOut, .. fits.SelectMany(f => f.LeftOut)];
        var laws = fits.ConvertAll(f =>
            f.ToLaw(
                data.Metric,
                data.Convention,
                new(data.Source, f.Curves.Sum(c => c.Points.Count), DataFingerprint.Compute(f.Curves), leftOut),
                output.Version,
                output.CommandLine
            )
        );
        return new(
            new EnvelopeReport(fits, laws, overlays, data.Metric, data.Convention, data.Sizes),
            leftOut,
            curves.Fingerprint,
            curves.Curves.Sum(c => c.Points.Count),
            NoSurfaces
        );
    }

    /// <summary>Approach 2: a parabola a budget.</summary>
    /// <param name="surfaces">By group, to measure its bias on.</param>
    public Fitted IsoFlops(IReadOnlyDictionary<string, IReadOnlyList<double>> surfaces)
    {
        var (fits, failed) = (new List<IsoFlopFit>(), new List<string>());
        foreach (var (name, points) in data.Points.Groups)
            try
            {
                var fit = IsoFlopFit.Fit(
                    name,
                    points,
                    surfaces.GetValueOrDefault(name),
                    parse.GetValue(FitOptions.Draws) ?? IsoFlopFit.DefaultDraws
                );
                fits.Add(fit with { Cautions = [.. data.CautionsOf(name), .. fit.Cautions] });
            }
            catch (LinearScalingException e)
            {
                failed.Add(e.Message);
            }
        if (fits.Count == 0)
            throw new LinearScalingException(string.Join('\n', failed));
        List<LeftOut> leftOut = [.. data.Points.LeftOut, .. fits.SelectMany(f => f.LeftOut)];
        int Used(IsoFlopFit f) => f.Estimate.Used.Sum(p => p.Points.Count);
        var laws = fits.ConvertAll(f =>
            f.ToLaw(
                data.Metric,
                data.Convention,
                new(data.Source, Used(f), data.Points.Hash, leftOut),
                output.Version,
                output.CommandLine
            )
        );
        return new(
            new IsoFlopReport(fits, laws, overlays, failed, data.Metric, data.Convention),
            leftOut,
            data.Points.Hash,
            fits.Sum(Used),
            NoSurfaces
        );
    }

    /// <summary>Approach 3, or curves y(x): parametric forms, side by side where there are several.</summary>
    public Fitted Parametric(List<LawForm> forms)
    {
        var losses = forms.ConvertAll(f => FitChoices.Loss(parse, f));
        if (forms.Count > 1)
            losses = FormFits.Shared(forms, losses, output);
        var points = forms.Aggregate(data.Points, (p, form) => p.For(form));
        var fits = forms.Zip(losses, (form, loss) => Analyses(points, form, loss)).ToList();
        List<ParametricReport> reports =
        [
            .. fits.Select(f => Report(points, f, forms.Count > 1 ? [] : RollingTables.Measure(f))),
        ];
        return new(
            forms.Count == 1
                ? reports[0]
                : new ComparisonReport(
                    [.. points.Groups.Select((_, i) => FormComparison.Compare([.. fits.Select(f => f[i])]))],
                    forms,
                    reports,
                    data.Metric
                ),
            points.LeftOut,
            points.Hash,
            points.Groups.Sum(g => g.Points.Count),
            forms is [Chinchilla]
                ? fits[0].ToDictionary(f => f.Name, f => (IReadOnlyList<double>)f.Fit.Coefficients)
                : NoSurfaces
        );
    }

    private List<LawAnalysis> Analyses(PointSet points, LawForm form, FitLoss loss) =>
        [
            .. points
                .Groups.Select(g =>
                    LawAnalysis.Analyze(
                        g.Name,
                        form,
                        g.Points,
                        loss,
                        parse.GetValue(FitOptions.Starts) ?? ParametricFit.DefaultStarts,
                        parse.GetValue(FitOptions.Draws) ?? Bootstrap.DefaultDraws,
                        @fixed: FitChoices.Fixed(parse)
                    )
                )
                .Select(f => f with { Cautions = [.. data.CautionsOf(f.Name), .. f.Cautions] }),
        ];

    private ParametricReport Report(
        PointSet points,
        List<LawAnalysis> fits,
        List<(string Name, RollingHoldOut Rolling)> rolling
    )
    {
        var variable = fits[0].Fit.Form.Variable(data.Variable);
        List<Law> laws =
        [
            .. fits.Select(f =>
                f.ToLaw(
                    data.Metric,
                    variable,
                    data.Convention,
                    new(data.Source, f.Fit.Problem.Points.Count, points.Hash, points.LeftOut),
                    output.Version,
                    output.CommandLine
                )
            ),
        ];
        return new(fits, laws, overlays, data.Metric, variable, data.Convention, rolling);
    }
}
