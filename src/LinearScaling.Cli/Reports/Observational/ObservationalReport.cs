using System.Globalization;
using LinearScaling.Cli.Reports.Figures;
using LinearScaling.Laws;
using LinearScaling.Laws.Observational;

namespace LinearScaling.Cli.Reports.Observational;

/// <summary>Tables and plots of an observational law.</summary>
/// <param name="drawn">What the bootstrap drew: families or models.</param>
internal sealed class ObservationalReport(ObservationalAnalysis a, ObservationalLaw law, string drawn) : ILawReport
{
    private const int BriefModels = 12;

    private IReadOnlyList<(Figure Figure, string Caption)>? plotted;

    public string Title =>
        a.Table.Target is { } target ? $"Observational law of {target}" : $"Observational laws of {Benchmarks}";

    public string Method =>
        $"Principal components of {a.Table.Models.Count} models of {a.Table.Families} families on {Benchmarks}, "
        + "centred and not scaled, gaps filled by one component; each loading vector has length 1, and its largest "
        + "loading is positive. Lines of the first component in log10 C are by least squares in each family with "
        + $"{FamilyLine.FewestModels} models of known compute or more"
        + (
            a.Target is null
                ? ""
                : $". {a.Table.Target} is floor + (1 - floor) times a sigmoid of a linear combination of "
                    + $"{a.Space.Count} components, by least squares"
        )
        + (
            a.Reference is null
                ? ""
                : $". Equivalent FLOPs of a model are those at which {a.Reference.Family}'s line reaches the model's "
                    + (a.Target is null ? "first component" : "combination")
        )
        + $". Intervals are 95 %, from {a.DrawCount} draws of {drawn} and of what each line's models leave open; after "
        + "arXiv 2405.10938.";

    public IReadOnlyList<Law> Laws => [];

    public string Json => law.ToJson();

    public IReadOnlyList<(string Name, string Text)> Files => [("observational.json", law.ToJson() + "\n")];

    public IReadOnlyList<NamedCaution> Cautions => [.. a.Cautions.Select(c => new NamedCaution("", c))];

    public IReadOnlyList<(Figure Figure, string Caption)> Plots => plotted ??= [.. ObservationalPlots.Draw(a)];

    public IReadOnlyList<(string Heading, TextTable Table, bool Brief)> Tables =>
        [
            ("Predictions of held-out models", Errors(), true),
            ("Components", Components(), true),
            ("Loadings", Loadings(), true),
            ("Families", Families(), true),
            ("The target's sigmoid", Sigmoid(), true),
            ($"Most efficient models, by equivalent FLOPs of {a.Reference?.Family}", Efficient(), true),
            ("Held-out models", HeldOut(), false),
            ("Models", Models(), false),
        ];

    private string Benchmarks => $"{a.Table.Benchmarks.Count} benchmarks";

    private TextTable Errors()
    {
        var table = new TextTable(
            $"{a.Table.Target} from",
            "fitted",
            "MSE",
            "MAE",
            "held out",
            "MSE",
            "MAE",
            "predicted - measured"
        );
        foreach (var e in a.HoldOut?.Errors ?? [])
            table.Add(
                e.Predictor,
                Count(e.Fitted),
                Numbers.Short(e.FitSquared),
                Numbers.Fixed(e.FitAbsolute),
                Count(e.HeldOut),
                Numbers.Short(e.Squared),
                Numbers.Fixed(e.Absolute),
                Numbers.Fixed(e.Bias)
            );
        return table;
    }

    private TextTable Components()
    {
        var table = new TextTable("component", "variance explained", "95 %", "together");
        for (var k = 0; k < a.Space.Components.Explained.Length; k++)
            table.Add(
                Count(k + 1),
                Numbers.Fixed(a.Space.Components.Explained[k]),
                Numbers.Span(a.ExplainedInterval(k)),
                Numbers.Fixed(a.Space.Components.Explained.Take(k + 1).Sum())
            );
        return table;
    }

    private TextTable Loadings()
    {
        var kept = Enumerable.Range(0, a.Space.Count).ToList();
        var table = new TextTable([
            "benchmark",
            "missing",
            .. kept.SelectMany(k => new[] { $"component {k + 1}", "95 %" }),
        ]);
        for (var j = 0; j < a.Table.Benchmarks.Count; j++)
            table.Add([
                a.Table.Benchmarks[j],
                Count(a.Table.Gaps(j)),
                .. kept.SelectMany(k =>
                    new[]
                    {
                        Numbers.Fixed(a.Space.Components.Directions[k][j], 3),
                        Numbers.Span(a.LoadingInterval(k, j), 2),
                    }
                ),
            ]);
        return table;
    }

    private TextTable Families()
    {
        var table = new TextTable("family", "models", "from C", "to C", "component 1 a decade", "95 %", "R^2");
        for (var i = 0; i < a.Lines.Count; i++)
            table.Add(
                a.Lines[i].Family,
                Count(a.Lines[i].Models),
                Numbers.Short(a.Lines[i].FromFlops),
                Numbers.Short(a.Lines[i].ToFlops),
                Numbers.Fixed(a.Lines[i].Slope),
                Numbers.Span(a.SlopeInterval(i), 3),
                Numbers.Fixed(a.Lines[i].RSquared, 3)
            );
        return table;
    }

    private TextTable Sigmoid()
    {
        var table = new TextTable("coefficient", "value", "95 %");
        if (a.Target is not { } target)
            return table;
        table.Add("floor", Numbers.Fixed(target.Floor), Numbers.Span(a.CoefficientInterval(0)));
        table.Add("intercept", Numbers.Fixed(target.Intercept), Numbers.Span(a.CoefficientInterval(1)));
        for (var k = 0; k < target.Weights.Length; k++)
            table.Add(
                $"weight of component {k + 1}",
                Numbers.Fixed(target.Weights[k]),
                Numbers.Span(a.CoefficientInterval(k + 2))
            );
        table.Add($"R^2 over {target.Fit.Problem.Points.Count} models", Numbers.Fixed(target.Fit.RSquared), "-");
        return table;
    }

    /// <summary>The models whose equivalent FLOPs are the largest multiple of their own, of those that the reference
    /// family reaches between its own models: elsewhere its line is extrapolated.</summary>
    private TextTable Efficient()
    {
        var table = new TextTable("model", "family", "C", "equivalent C", "95 %", "times its own");
        var known = a
            .Table.Models.Zip(a.Equivalents)
            .Where(m => m.First.HasFlops && a.Reference!.SpansFlops(m.Second.LogFlops))
            .OrderByDescending(m => m.Second.LogFlops - m.First.LogFlops);
        foreach (var (model, e) in known.Take(BriefModels))
            table.Add(
                model.Name,
                model.Family,
                Numbers.Short(model.Flops),
                Numbers.Short(e.Flops),
                Range(e),
                Numbers.Short(e.Flops / model.Flops)
            );
        return table;
    }

    private TextTable HeldOut()
    {
        var table = new TextTable("model", $"{a.Table.Target}", "predicted", "95 % of such models", "off by");
        foreach (var m in a.HoldOut?.Models ?? [])
            table.Add(
                m.Name,
                Numbers.Fixed(m.Measured),
                Numbers.Fixed(m.Predicted),
                Numbers.Span(m.Interval),
                Numbers.Fixed(m.Predicted - m.Measured)
            );
        return table;
    }

    private TextTable Models()
    {
        var table = new TextTable([
            "model",
            "family",
            "C",
            .. Enumerable.Range(1, a.Space.Count).Select(k => $"component {k}"),
            "equivalent C",
            "95 %",
            "times its own",
            .. a.Target is null ? [] : new[] { a.Table.Target!, "fitted" },
        ]);
        for (var i = 0; i < a.Table.Models.Count; i++)
        {
            var m = a.Table.Models[i];
            var e = a.Equivalents.Count > 0 && !a.Equivalents[i].Beyond ? a.Equivalents[i] : null;
            table.Add([
                m.Name,
                m.Family,
                m.HasFlops ? Numbers.Short(m.Flops) : "-",
                .. a.Places[i].Select(s => Numbers.Fixed(s, 3)),
                e is null ? "-" : Numbers.Short(e.Flops),
                e is null ? "-" : Range(e),
                e is null || !m.HasFlops ? "-" : Numbers.Short(e.Flops / m.Flops),
                .. a.Target is null
                    ? []
                    : new[]
                    {
                        m.HasTarget ? Numbers.Fixed(m.Target) : "-",
                        Numbers.Fixed(a.Target.Predict(a.Places[i])),
                    },
            ]);
        }
        return table;
    }

    /// <summary>An end that lies where the line says nothing is not a number of FLOPs.</summary>
    private string Range(EquivalentCompute e)
    {
        if (e.Interval is null)
            return "-";
        var (low, high) = (
            Math.Log10(a.Reference!.FromFlops) - EquivalentCompute.Reach,
            Math.Log10(a.Reference.ToFlops) + EquivalentCompute.Reach
        );
        string End(double log) =>
            log < low ? $"under {Numbers.Short(Math.Pow(10, low))}"
            : log > high ? $"over {Numbers.Short(Math.Pow(10, high))}"
            : Numbers.Short(Math.Pow(10, log));
        return $"[{End(e.Interval.Low)}, {End(e.Interval.High)}]";
    }

    private static string Count(int n) => n.ToString(CultureInfo.InvariantCulture);
}
