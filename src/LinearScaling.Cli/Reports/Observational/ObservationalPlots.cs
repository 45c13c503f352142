using LinearScaling.Cli.Reports.Figures;
using LinearScaling.Laws.Observational;

namespace LinearScaling.Cli.Reports.Observational;

/// <summary>The plots of an observational law.</summary>
internal static class ObservationalPlots
{
    private const int ColouredFamilies = 7; // and grey for all others

    /// <summary>Families that have a panel of their own; those of most models do.</summary>
    private const int Panels = 24;

    public static IEnumerable<(Figure, string)> Draw(ObservationalAnalysis a)
    {
        if (a.Table.Models.Any(m => m.HasFlops))
            yield return (
                Families(a),
                "Grey: all models. A line a family. Families apart at the same compute differ in how well they turn it "
                    + "into capability."
            );
        if (a.Target is not null)
        {
            yield return (
                Target(a),
                "Dots: models. Line: the sigmoid of the combination of components"
                    + (a.HoldOut is { Models.Count: > 0 } ? ". Rings: models that the errors above hold out." : ".")
            );
            yield return (Residuals(a), "Residuals of the fit to all models should not bend.");
        }
        if (a.Equivalents.Count > 0)
            yield return (
                Equivalents(a),
                $"Above the dashed line a model is as capable as {a.Reference!.Family} at more compute than it took."
            );
    }

    private static List<string> Coloured(ObservationalAnalysis a) =>
        [.. a.Lines.Take(ColouredFamilies).Select(l => l.Family)];

    /// <summary>Points by family: a colour each for those of most models, grey for all others.</summary>
    private static IEnumerable<Series> ByFamily(ObservationalAnalysis a, Func<int, (double X, double Y)?> point)
    {
        var coloured = Coloured(a);
        var all = Enumerable
            .Range(0, a.Table.Models.Count)
            .Select(i => (a.Table.Models[i].Family, At: point(i)))
            .Where(p => p.At is not null)
            .ToLookup(p => coloured.IndexOf(p.Family), p => p.At!.Value);
        if (all[-1].Any())
            yield return new("other families", Palette.Grey, Stroke.None, Mark.Dot, [.. all[-1]]);
        foreach (var (family, i) in coloured.Select((f, i) => (f, i)))
            yield return new(family, Palette.Color(i), Stroke.None, Mark.Dot, [.. all[i]]);
    }

    private static Figure Families(ObservationalAnalysis a)
    {
        var known = Enumerable.Range(0, a.Table.Models.Count).Where(i => a.Table.Models[i].HasFlops).ToList();
        (double, double) At(int i) => (a.Table.Models[i].Flops, a.Places[i][0]);
        var lines = a.Lines.Take(Panels).ToList();
        return Grouped.Draw(
            ("families", "First component against compute"),
            new("C (training FLOPs)"),
            new("first component", Log: false),
            [.. lines.Select(l => l.Family)],
            (i, color) =>
                [
                    new(
                        "models of the family",
                        color,
                        Stroke.None,
                        Mark.Dot,
                        [.. known.Where(m => a.Table.Models[m].Family == lines[i].Family).Select(At)]
                    ),
                    Line(lines[i], color),
                ],
            [new("all models", Palette.Grey, Stroke.None, Mark.Dot, [.. known.Select(At)])]
        );
    }

    private static Series Line(FamilyLine line, string color)
    {
        List<double> grid = [.. Overlay.Grid(line.FromFlops, line.ToFlops, 17)];
        return new("line", color, Stroke.Solid, Mark.None, [.. grid.Select(c => (c, line.At(c)))])
        {
            Band = Bands.Ends(grid, line.MeanInterval),
        };
    }

    private static Figure Target(ObservationalAnalysis a)
    {
        var target = a.Target!;
        var all = Enumerable.Range(0, a.Table.Models.Count).Where(i => a.Table.Models[i].HasTarget).ToList();
        var held = (a.HoldOut?.Models ?? []).Select(m => m.Name).ToHashSet();
        (double, double) At(int i) => (a.Capability(i), a.Table.Models[i].Target);
        var (from, to) = (all.Min(a.Capability), all.Max(a.Capability));
        return new(
            "target",
            $"{a.Table.Target} against the combination of components",
            new("intercept + weights times components", Log: false),
            new(a.Table.Target!, Log: false),
            [
                new(
                    "fitted below the hold-out",
                    Palette.Color(0),
                    Stroke.None,
                    Mark.Dot,
                    [.. all.Where(i => !held.Contains(a.Table.Models[i].Name)).Select(At)]
                ),
                new(
                    "held out there",
                    Palette.Color(1),
                    Stroke.None,
                    Mark.Ring,
                    [.. all.Where(i => held.Contains(a.Table.Models[i].Name)).Select(At)]
                ),
                new(
                    "sigmoid, fitted to all",
                    Palette.Ink,
                    Stroke.Solid,
                    Mark.None,
                    [
                        .. Enumerable
                            .Range(0, 81)
                            .Select(k => from + (to - from) * k / 80)
                            .Select(t => (t, target.AtCombination(t))),
                    ]
                ),
            ]
        );
    }

    private static Figure Residuals(ObservationalAnalysis a) =>
        new(
            "residuals",
            "Residuals of the sigmoid",
            new($"{a.Table.Target}, fitted", Log: false),
            new("measured - fitted", Log: false),
            [
                .. ByFamily(
                    a,
                    i =>
                        a.Table.Models[i].HasTarget && a.Target!.Predict(a.Places[i]) is var fitted
                            ? (fitted, a.Table.Models[i].Target - fitted)
                            : null
                ),
            ]
        );

    private static Figure Equivalents(ObservationalAnalysis a)
    {
        var known = a.Table.Models.Where(m => m.HasFlops).Select(m => m.Flops).ToList();
        return new(
            "equivalents",
            $"Equivalent compute of {a.Reference!.Family} against a model's own",
            new("C (training FLOPs)"),
            new("equivalent FLOPs"),
            [
                .. ByFamily(
                    a,
                    i =>
                        a.Table.Models[i].HasFlops && !a.Equivalents[i].Beyond
                            ? (a.Table.Models[i].Flops, a.Equivalents[i].Flops)
                            : null
                ),
                new(
                    "the same",
                    Palette.Ink,
                    Stroke.Dashed,
                    Mark.None,
                    [(known.Min(), known.Min()), (known.Max(), known.Max())]
                ),
            ]
        );
    }
}
