using System.Globalization;
using LinearScaling.Cli.Reports.Comparing;
using LinearScaling.Cli.Reports.Figures;
using LinearScaling.Laws;
using LinearScaling.Laws.Comparing;
using LinearScaling.Laws.IsoFlops;
using LinearScaling.Laws.Parametric;

namespace LinearScaling.Cli.Reports;

/// <summary>Tables and plots of parametric fits of one form, one group a row.</summary>
/// <param name="variable">What a curve runs over: C, or a metric or column.</param>
/// <param name="rolling">Errors at each next budget, of the groups that have steps enough.</param>
internal sealed class ParametricReport(
    IReadOnlyList<LawAnalysis> fits,
    IReadOnlyList<Law> laws,
    IReadOnlyList<Law> overlays,
    string metric,
    string variable,
    string convention,
    IReadOnlyList<(string Name, RollingHoldOut Rolling)> rolling
) : ILawReport
{
    private readonly bool surface = fits[0].Fit.Form.OfNAndD;
    private readonly List<(string Name, IsoFlop Fit)> isoFlops =
    [
        .. fits.Where(f => f.Fit.Form is LinearScaling.Laws.Forms.Chinchilla)
            .Select(f => (f.Name, IsoFlop.Fit(f.Fit.Problem.Points, f.Fit.Coefficients)))
            .Where(f => f.Item2.Used.Count >= 2),
    ];

    private List<(string, TextTable, bool)>? tables;
    private List<(Figure Figure, string Caption)>? plotted;

    public string Title => $"{fits[0].Fit.Form.Name} laws of {metric}";

    public string Method => FitMethod.Describe(fits, convention);

    public IReadOnlyList<Law> Laws => laws;

    public IReadOnlyList<NamedCaution> Cautions =>
        NamedCaution.Join(fits.SelectMany(f => f.Cautions.Select(c => (f.Name, c))));

    public IReadOnlyList<(string Heading, TextTable Table, bool Brief)> Tables =>
        tables ??= [.. Tabulated().Where(t => t.Item2.Rows.Count > 0)];

    public IReadOnlyList<(Figure Figure, string Caption)> Plots => plotted ??= Drawn();

    private List<(string, TextTable, bool)> Tabulated() =>
        [
            ("Laws", LawTable.Rows(fits), true),
            ("Coefficients", Coefficients(), fits.Count == 1),
            ("Goodness and certificate", Certificates(), true),
            ("Compute-optimal allocation", Optimum(), true),
            ("Exponents of compute-optimal N and D", Frontier(), fits.Count == 1),
            ("Extrapolation", Extrapolations(), true),
            (RollingTables.Heading, RollingTables.Tabulate(rolling), false),
            ("IsoFLOP parabolas (approach 2)", Parabolas(), false),
            ("Comparison", Comparisons(), false),
            ("Crossings", Crossings(), false),
            ("Against published laws", Published(), false),
        ];

    private TextTable Coefficients()
    {
        var table = new TextTable(
            "law",
            "coefficient",
            "value",
            "std. error",
            "bootstrap 95 %",
            "profile 95 %",
            "meaning"
        );
        foreach (var f in fits)
            for (var k = 0; k < f.Fit.Form.Parameters.Count; k++)
            {
                var q = f.Fit.Form.Parameters[k];
                table.Add(
                    f.Name,
                    q.Name,
                    Numbers.Digits(f.Fit.Coefficients[k]),
                    f.Fit.Problem.Fixed.ContainsKey(q.Name) ? "fixed"
                        : f.StandardError(k) is { } error ? Numbers.Short(error)
                        : "-",
                    Numbers.ShortSpan(f.BootstrapInterval(k)),
                    Numbers.ShortSpan(f.Profiles.FirstOrDefault(p => p.Parameter == q.Name)?.Interval),
                    q.Meaning
                );
            }
        return table;
    }

    private TextTable Certificates()
    {
        var table = new TextTable(
            "law",
            "points",
            "objective",
            "R^2",
            "starts",
            "within 1 %",
            "best agreeing",
            "gradient",
            "Newton promises",
            "condition",
            "bounds hit"
        );
        foreach (var f in fits)
        {
            var c = f.Fit.Certificate;
            table.Add(
                f.Name,
                Count(f.Fit.Problem.Points.Count),
                f.Fit.Objective.ToString("G8", CultureInfo.InvariantCulture),
                Numbers.Fixed(f.Fit.RSquared, 5),
                Count(c.Starts),
                Count(c.Reached),
                $"{c.Agreeing}/{c.Polished}",
                Numbers.Short(c.GradientNorm),
                Numbers.Short(c.PromisedDecrease),
                Numbers.Short(c.ConditionNumber),
                c.BoundsHit.Count == 0 ? "none" : string.Join(' ', c.BoundsHit)
            );
        }
        return table;
    }

    private TextTable Optimum()
    {
        var table = new TextTable("law", "budget C", "PF-days", "N", "95 %", "D", "95 %", "D / N", metric, "95 %");
        if (surface)
            foreach (var f in fits)
            foreach (var flops in new[] { 1.0, 10, 100 }.Select(k => k * f.Fit.Problem.Points.Max(o => o.C)))
            {
                var (a, range) = (f.Optimal(flops), FittedRange.Span(f.Fit.Problem.Points));
                var far = range.Outside(a.N, a.D, flops).Any();
                table.Add(
                    f.Name,
                    Numbers.Short(flops),
                    Numbers.Short(flops / ComputeLaw.PfDay),
                    Reach.Show(Numbers.Short(a.N), a.N, range.N),
                    far ? "-" : Numbers.ShortSpan(a.NInterval),
                    Reach.Show(Numbers.Short(a.D), a.D, range.D),
                    far ? "-" : Numbers.ShortSpan(a.DInterval),
                    far ? "-" : Numbers.Short(a.D / a.N),
                    far ? "-" : Numbers.Short(a.Loss),
                    far ? "-" : Numbers.ShortSpan(a.LossInterval)
                );
            }
        return table;
    }

    private TextTable Frontier()
    {
        var table = new TextTable("law", "a of N_opt", "95 %", "b of D_opt", "95 %", "a + b");
        foreach (var f in fits)
            if (f is { NOpt: { } n, DOpt: { } d })
                table.Add(
                    f.Name,
                    Numbers.Fixed(n.Exponent),
                    Numbers.Span(n.ExponentInterval),
                    Numbers.Fixed(d.Exponent),
                    Numbers.Span(d.ExponentInterval),
                    Numbers.Fixed(n.Exponent + d.Exponent)
                );
        return table;
    }

    private TextTable Extrapolations()
    {
        var table = new TextTable(
            "fitted without the top half-decade",
            "points held out",
            "predicted up to C times",
            "mean error",
            "worst error"
        );
        foreach (var f in fits)
            if (f.Extrapolation is { } e)
                table.Add(
                    f.Name,
                    Count(e.HeldOut),
                    Numbers.Fixed(e.Reach, 2),
                    Numbers.Percent(e.MeanError),
                    Numbers.Percent(e.WorstError)
                );
        return table;
    }

    private TextTable Parabolas()
    {
        var table = new TextTable(
            "law",
            "profiles",
            "a of N_opt",
            "N_opt bias",
            "b of D_opt",
            "D_opt bias",
            "left out"
        );
        foreach (var (name, fit) in isoFlops)
            table.Add(
                name,
                Count(fit.Used.Count),
                Numbers.Fixed(fit.NOpt!.Exponent),
                fit.Bias is { } n ? Numbers.Percent(n.N) : "-",
                Numbers.Fixed(fit.DOpt!.Exponent),
                fit.Bias is { } d ? Numbers.Percent(d.D) : "-",
                string.Join(
                    "; ",
                    fit.Profiles.Where(p => p.Problem is not null)
                        .GroupBy(p => p.Problem)
                        .Select(g => $"{g.Count()}: {g.Key}")
                )
            );
        return table;
    }

    private TextTable Comparisons()
    {
        var table = new TextTable("comparison", "coefficient", "difference", "95 %", "likelihood ratio", "p");
        for (var i = 0; i < fits.Count; i++)
        for (var j = i + 1; j < fits.Count; j++)
            if (LawComparison.Compare(fits[i], fits[j]) is var c)
                foreach (var (name, difference, interval) in c.Differences)
                    table.Add(
                        $"{c.Second} - {c.First}",
                        name,
                        Numbers.Short(difference),
                        Numbers.ShortSpan(interval),
                        c.Test.Ratio is { } ratio ? Numbers.Fixed(ratio, 1) : "-",
                        c.Test.PValue is { } p ? Numbers.Probability(p) : "-"
                    );
        return table;
    }

    private TextTable Crossings() =>
        surface || variable == "C"
            ? Reach.Crossings(
                fits,
                Crossing.Find,
                f =>
                    f.Fit.Problem.Points.Select(o => surface ? o.C : o.X).ToList() is var c
                        ? (c.Min(), c.Max())
                        : default
            )
            : new("crossing");

    /// <summary>How well published coefficients of the same form fit the data.</summary>
    private TextTable Published()
    {
        var table = new TextTable("law", "published", "objective", "likelihood ratio", "p");
        foreach (var f in fits)
        foreach (var law in overlays.Where(l => l.Form == f.Fit.Form.Name))
        {
            double[] coefficients = [.. f.Fit.Form.Parameters.Select(q => law.Coefficients[q.Name])];
            var test = Likelihood.Against(f.Fit, coefficients);
            table.Add(
                f.Name,
                law.Name,
                f.Fit.Problem.Evaluate(f.Fit.Form.ToFitSpace(coefficients))
                    .ToString("G8", CultureInfo.InvariantCulture),
                test.Ratio is { } ratio ? Numbers.Fixed(ratio, 2) : "-",
                test.PValue is { } p ? Numbers.Probability(p) : "-"
            );
        }
        return table;
    }

    private List<(Figure, string)> Drawn() =>
        [
            .. surface ? SurfacePlots.Draw(fits, isoFlops, overlays, metric, convention)
            : fits[0].Fit.Form is LinearScaling.Laws.Forms.ColumnForm ? ColumnPlots.Draw(fits, metric)
            : CurvePlots.Draw(fits, overlays, metric, variable, convention),
            .. RollingTables.Draw(rolling),
        ];

    private static string Count(int n) => n.ToString(CultureInfo.InvariantCulture);
}
