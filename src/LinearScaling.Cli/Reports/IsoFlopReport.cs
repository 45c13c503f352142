using System.Globalization;
using LinearScaling.Cli.Reports.Figures;
using LinearScaling.Files;
using LinearScaling.Laws;
using LinearScaling.Laws.IsoFlops;
using LinearScaling.Laws.Points;

namespace LinearScaling.Cli.Reports;

/// <summary>Tables and plots of approach-2 fits, one group a row.</summary>
/// <param name="failed">Groups that could not be fitted, and why.</param>
internal sealed class IsoFlopReport(
    IReadOnlyList<IsoFlopFit> fits,
    IReadOnlyList<Law> laws,
    IReadOnlyList<Law> overlays,
    IReadOnlyList<string> failed,
    string metric,
    string convention
) : ILawReport
{
    private List<(Figure Figure, string Caption)>? plotted;

    public string Title => $"IsoFLOP laws of {metric}";

    public string Method =>
        "Approach 2: for every budget a parabola through the loss against ln N and another against ln D, then power "
        + "laws of compute through the vertices, at the budget that rows name or else at the mean C of those that "
        + $"lie together. {ComputeOrigin.Words(convention)}; 1 PF-day = 8.64e19 FLOPs. Intervals are 95 %, from "
        + $"{fits[0].Draws} bootstrap draws that exchange the residuals about the parabolas.";

    public IReadOnlyList<Law> Laws => laws;

    public IReadOnlyList<(string Heading, TextTable Table, bool Brief)> Tables =>
        [
            ("Laws", Exponents(), true),
            ("Coefficients", Coefficients(), false),
            ("Profiles", Profiles(), true),
            ("What parabolas get wrong over these budgets", Biases(), true),
        ];

    public IReadOnlyList<NamedCaution> Cautions =>
        [
            .. failed.Select(why => new NamedCaution("", new("group_left_out", why))),
            .. NamedCaution.Join(fits.SelectMany(f => f.Cautions.Select(c => (f.Name, c)))),
        ];

    public IReadOnlyList<(Figure Figure, string Caption)> Plots => plotted ??= [.. Drawn()];

    private TextTable Exponents()
    {
        var table = new TextTable(
            "law",
            "budgets",
            "a of N_opt",
            "95 %",
            "without one budget",
            "b of D_opt",
            "95 %",
            "without one budget",
            "a + b",
            "alpha of L",
            "95 %"
        );
        foreach (var f in fits)
            table.Add(
                f.Name,
                f.Estimate.Used.Count.ToString(CultureInfo.InvariantCulture),
                Numbers.Fixed(f.NOpt.Exponent),
                Numbers.Span(f.NOpt.ExponentInterval),
                Numbers.Span(f.WithoutOne?.N),
                Numbers.Fixed(f.DOpt.Exponent),
                Numbers.Span(f.DOpt.ExponentInterval),
                Numbers.Span(f.WithoutOne?.D),
                Numbers.Fixed(f.ExponentSum),
                Numbers.Fixed(f.Loss.Exponent),
                Numbers.Span(f.Loss.ExponentInterval)
            );
        return table;
    }

    private TextTable Coefficients()
    {
        var table = new TextTable("law", "of", "C in FLOPs", "95 %", "C in PF-days", "exponent", "R^2");
        foreach (var f in fits)
        foreach (var (name, law) in new[] { ("N_opt(C)", f.NOpt), ("D_opt(C)", f.DOpt), ("L(C)", f.Loss) })
            table.Add(
                f.Name,
                name,
                Numbers.Short(law.Coefficient),
                Numbers.ShortSpan(law.CoefficientInterval),
                Reach.PfDays(law, FittedRange.Ends(f.Estimate.Used.Select(p => p.Flops))),
                Numbers.Fixed(law.Exponent),
                law.RSquared is { } r ? Numbers.Fixed(r) : "-"
            );
        return table;
    }

    private TextTable Profiles()
    {
        var table = new TextTable(
            "law",
            "budget C",
            "models",
            "sizes",
            "N_opt",
            "D_opt",
            metric,
            "C / (N_opt D_opt)",
            "left out"
        );
        foreach (var f in fits)
        foreach (var p in f.Estimate.Profiles)
        {
            string Optimum(double value) => p.Problem is null ? Numbers.Short(value) : "-";
            table.Add(
                f.Name,
                Numbers.Short(p.Flops),
                p.Points.Count.ToString(CultureInfo.InvariantCulture),
                p.Points.Select(o => o.N).Distinct().Count().ToString(CultureInfo.InvariantCulture),
                Optimum(p.NOpt),
                Optimum(p.DOpt),
                Optimum(p.LossOpt),
                Optimum(p.FlopsPerProduct),
                p.Problem ?? ""
            );
        }
        return table;
    }

    private TextTable Biases()
    {
        var table = new TextTable("law", "N_opt is off by", "D_opt", "a", "b");
        foreach (var f in fits)
            if (f.Estimate.Bias is { } bias)
                table.Add(
                    f.Name,
                    Numbers.Percent(bias.N),
                    Numbers.Percent(bias.D),
                    Signed(bias.ExponentN),
                    Signed(bias.ExponentD)
                );
        return table;
    }

    private IEnumerable<(Figure, string)> Drawn()
    {
        var compute = new Axis(ComputeOrigin.Axis(convention));
        var (from, to) = (fits.Min(f => f.Estimate.Used[0].Flops), fits.Max(f => f.Estimate.Used[^1].Flops));
        // One group's profiles are what approach 2 is; of several the optima come first.
        if (fits.Count == 1)
            yield return (IsoFlopPlots.Profiles(fits[0].Name, fits[0].Estimate, metric, ""), IsoFlopPlots.Caption);
        yield return (
            IsoFlopPlots.Optimal(
                ("n_opt", "Compute-optimal model size"),
                (compute, "N (parameters)"),
                fits,
                (f => f.NOpt, p => p.NOpt, "N"),
                Overlay.Draw(overlays, from, to, Overlay.NOpt)
            ),
            "Rings: vertices of the parabolas in log N."
        );
        yield return (
            IsoFlopPlots.Optimal(
                ("d_opt", "Compute-optimal tokens"),
                (compute, "D (tokens)"),
                fits,
                (f => f.DOpt, p => p.DOpt, "D"),
                Overlay.Draw(overlays, from, to, Overlay.DOpt)
            ),
            "Rings: vertices of the parabolas in log D."
        );
        yield return (
            IsoFlopPlots.Optimal(
                ("loss", $"{metric} against compute"),
                (compute, metric),
                fits,
                (f => f.Loss, p => p.LossOpt, "L"),
                Overlay.Draw(overlays, from, to, (law, c) => law.LossAt(c))
            ),
            "Rings: the least losses of the parabolas."
        );
        foreach (var f in fits.Count == 1 ? [] : fits)
            yield return (
                IsoFlopPlots.Profiles(f.Name, f.Estimate, metric, SafeName.ForFile(f.Name)),
                IsoFlopPlots.Caption
            );
    }

    private static string Signed(double value) => value.ToString("+0.0000;-0.0000;0", CultureInfo.InvariantCulture);
}
