using System.Globalization;
using LinearScaling.Cli.Reports.Figures;
using LinearScaling.Laws;
using LinearScaling.Laws.Numerics;

namespace LinearScaling.Cli.Reports.Approaches;

/// <summary>Several approaches to the same data side by side: where they disagree, and then each one's own
/// report.</summary>
/// <param name="parts">Each approach's number and report.</param>
/// <param name="failed">Approaches that could not be taken, and why.</param>
/// <param name="budgets">Compute at which a group's N_opt and D_opt are compared.</param>
internal sealed class ApproachesReport(
    IReadOnlyList<(int Approach, ILawReport Report)> parts,
    IReadOnlyList<string> failed,
    IReadOnlyDictionary<string, IReadOnlyList<double>> budgets,
    string metric
) : ILawReport
{
    private List<(string, TextTable, bool)>? tables;
    private List<(Figure Figure, string Caption)>? plotted;
    private List<Comparison>? compared;

    public string Title => $"Approaches {string.Join(", ", parts.Select(p => p.Approach))} to {metric}";

    public string Method => string.Join(' ', parts.Select(p => $"Approach {p.Approach}: {p.Report.Method}"));

    public IReadOnlyList<Law> Laws => [.. parts.SelectMany(p => p.Report.Laws)];

    public IReadOnlyList<(string Heading, TextTable Table, bool Brief)> Tables =>
        tables ??= [
            ("Exponents by approach", Exponents(), true),
            ("Where the approaches disagree", Disagreements(), true),
            .. parts.SelectMany(p =>
                p.Report.Tables.Where(t => !Again(p.Approach, t.Heading))
                    .Select(t => ($"Approach {p.Approach}: {t.Heading}", t.Table, false))
            ),
        ];

    public IReadOnlyList<NamedCaution> Cautions =>
        [
            .. failed.Select(why => new NamedCaution("", new("approach_left_out", why))),
            .. Compared
                .Where(c => c.Apart)
                .GroupBy(c => c.Group)
                .Select(g => new NamedCaution(
                    g.Key,
                    new(
                        "approaches_disagree",
                        "the approaches disagree by more than their intervals on "
                            + string.Join(", ", g.Select(c => c.Quantity))
                    )
                )),
            .. parts.SelectMany(p =>
                p.Report.Cautions.Select(c =>
                    c with
                    {
                        Who = $"approach {p.Approach}" + (c.Who.Length > 0 ? $": {c.Who}" : ""),
                    }
                )
            ),
        ];

    public IReadOnlyList<(Figure Figure, string Caption)> Plots =>
        plotted ??= [
            .. ApproachesPlot.Draw([.. parts.SelectMany(p => p.Report.Laws.Select(l => (p.Approach, l)))]),
            .. parts.SelectMany(p =>
                p.Report.Plots.Where(f => !Again(p.Approach, f.Figure.Name))
                    .Select(f =>
                        (
                            f.Figure with
                            {
                                Name = Path.Combine(p.Report.Laws[0].Method, f.Figure.Name),
                                Title = $"{f.Figure.Title} (approach {p.Approach})",
                            },
                            f.Caption
                        )
                    )
            ),
        ];

    /// <summary>One quantity of one group, by every approach that has it.</summary>
    private sealed record Comparison(
        string Group,
        string Quantity,
        bool Amount,
        IReadOnlyList<(int Approach, double Value, Interval? Interval)> Values
    )
    {
        /// <summary>Whether two approaches' intervals do not meet.</summary>
        public bool Apart =>
            Values.Any(a => Values.Any(b => a.Interval is { } x && b.Interval is { } y && x.High < y.Low));

        public string Difference =>
            Amount
                ? "x " + Numbers.Fixed(Values.Max(v => v.Value) / Values.Min(v => v.Value), 2)
                : Numbers.Fixed(Values.Max(v => v.Value) - Values.Min(v => v.Value));

        public string Shown(int approach)
        {
            var at = Values.FirstOrDefault(v => v.Approach == approach);
            return at.Approach == 0 ? "-"
                : Amount ? $"{Numbers.Short(at.Value)} {Numbers.ShortSpan(at.Interval)}"
                : $"{Numbers.Fixed(at.Value)} {Numbers.Span(at.Interval)}";
        }
    }

    /// <summary>Whether approach 3 shows IsoFLOP profiles that approach 2 shows itself.</summary>
    private bool Again(int approach, string name) =>
        approach == 3
        && parts.Any(p => p.Approach == 2)
        && Path.GetFileName(name).StartsWith("isoflop", StringComparison.OrdinalIgnoreCase);

    private List<Comparison> Compared => compared ??= [.. Compare()];

    private TextTable Exponents()
    {
        var table = new TextTable("law", "approach", "a of N_opt", "95 %", "b of D_opt", "95 %", "a + b", "alpha of L");
        foreach (
            var group in parts.SelectMany(p => p.Report.Laws.Select(l => (p.Approach, Law: l))).GroupBy(l => l.Law.Name)
        )
        foreach (var (approach, law) in group)
            table.Add(
                law.Name,
                approach.ToString(CultureInfo.InvariantCulture),
                law.NOpt is { } n ? Numbers.Fixed(n.Exponent) : "-",
                Numbers.Span(law.NOpt?.ExponentInterval),
                law.DOpt is { } d ? Numbers.Fixed(d.Exponent) : "-",
                Numbers.Span(law.DOpt?.ExponentInterval),
                law.ExponentSum is { } sum ? Numbers.Fixed(sum) : "-",
                law.Variable == "C" ? Numbers.Fixed(law.Coefficients["exponent"]) : "-"
            );
        return table;
    }

    private TextTable Disagreements()
    {
        var table = new TextTable([
            "law",
            "quantity",
            .. parts.Select(p => $"approach {p.Approach}"),
            "largest difference",
            "intervals",
        ]);
        foreach (var c in Compared)
            table.Add([
                c.Group,
                c.Quantity,
                .. parts.Select(p => c.Shown(p.Approach)),
                c.Difference,
                c.Apart ? "apart" : "meet",
            ]);
        return table;
    }

    private IEnumerable<Comparison> Compare()
    {
        foreach (
            var group in parts
                .SelectMany(p => p.Report.Laws.Where(l => l.NOpt is not null).Select(l => (p.Approach, Law: l)))
                .GroupBy(l => l.Law.Name)
                .Where(g => g.Count() > 1)
        )
        {
            Comparison Of(string quantity, bool amount, Func<Law, (double, Interval?)> value) =>
                new(
                    group.Key,
                    quantity,
                    amount,
                    [
                        .. group
                            .Select(l => (l.Approach, value(l.Law)))
                            .Select(v => (v.Approach, v.Item2.Item1, v.Item2.Item2)),
                    ]
                );
            yield return Of("a of N_opt", false, l => (l.NOpt!.Exponent, l.NOpt.ExponentInterval));
            yield return Of("b of D_opt", false, l => (l.DOpt!.Exponent, l.DOpt.ExponentInterval));
            foreach (var flops in budgets[group.Key])
                yield return Of($"N_opt at {Numbers.Short(flops)}", true, l => l.NOpt!.Predict(flops));
            foreach (var flops in budgets[group.Key])
                yield return Of($"D_opt at {Numbers.Short(flops)}", true, l => l.DOpt!.Predict(flops));
        }
    }
}
