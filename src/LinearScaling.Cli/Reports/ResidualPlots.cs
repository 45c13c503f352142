using LinearScaling.Cli.Reports.Figures;
using LinearScaling.Files;
using LinearScaling.Laws.Parametric;
using LinearScaling.Laws.Points;

namespace LinearScaling.Cli.Reports;

/// <summary>What fits leave, against all that it might depend on.</summary>
internal static class ResidualPlots
{
    private const string Caption =
        "Residuals should not bend with anything. Rings, where there are any: outlying rows.";

    /// <summary>One figure for up to eight groups, else one a group in its folder.</summary>
    public static IEnumerable<(Figure, string)> Draw(IReadOnlyList<LawAnalysis> fits, string metric)
    {
        if (fits.Count <= Palette.Groups)
            yield return (Draw("residuals", "Residuals", fits, metric), Caption);
        else
            foreach (var f in fits)
                yield return (
                    Draw(SafeName.ForFile(f.Name) + "/residuals", $"{f.Name}: residuals", [f], metric),
                    Caption
                );
    }

    private static Figure Draw(string name, string title, IReadOnlyList<LawAnalysis> fits, string metric)
    {
        var log = fits[0].Fit.Problem.Loss.Log;
        var y = new Axis(log ? $"ln {metric} - fitted" : $"{metric} - fitted", Log: false);
        var panels = Variables(fits)
            .Select(v => new Panel(
                "",
                v.Axis,
                y,
                [.. fits.SelectMany((f, i) => Series(f, fits.Count == 1 ? null : f.Name, Palette.Color(i), v.At))]
            ))
            .ToList();
        return new(name, title, panels, Shared: panels.Count == 1);
    }

    private static IEnumerable<Series> Series(LawAnalysis f, string? label, string color, Func<Observation, double> at)
    {
        var residuals = f.Fit.Problem.Residuals(f.Fit.P);
        (double, double)[] all = [.. f.Fit.Problem.Points.Zip(residuals, (o, r) => (at(o), r))];
        yield return new(label, color, Stroke.None, Mark.Dot, all);
        if (Outliers.Find(f.Fit) is { Count: > 0 } far)
            yield return new("outlying", Palette.Ink, Stroke.None, Mark.Ring, [.. far.Select(i => all[i])]);
    }

    /// <summary>Those in which the points differ: C, N, D, what the form runs over, and runs.</summary>
    private static IEnumerable<(Axis Axis, Func<Observation, double> At)> Variables(IReadOnlyList<LawAnalysis> fits)
    {
        var points = fits.SelectMany(f => f.Fit.Problem.Points).ToList();
        bool Differ(Func<Observation, double> at) =>
            points.TrueForAll(o => at(o) > 0 && double.IsFinite(at(o))) && points.Max(at) / points.Min(at) > 1 + 1e-6;
        var form = fits[0].Fit.Form;
        foreach (
            var (label, at) in new (string, Func<Observation, double>)[]
            {
                ("C (FLOPs)", o => o.C),
                ("N (parameters)", o => o.N),
                ("D (tokens)", o => o.D),
            }
        )
            if (Differ(at))
                yield return (new(label), at);
        if (form.OfX && points.Exists(o => o.X != o.C))
            yield return (new("x", Log: form.TakesLogOfX && Differ(o => o.X)), o => o.X);
        foreach (var (k, column) in form.OfNAndD || form.OfX ? [] : form.Columns.Index())
            if (column is not ("N" or "D" or "C") && Differ(o => o.Others[k]))
                yield return (new(column), o => o.Others[k]);
        var runs = points.Select(o => o.Cluster).Distinct().Count();
        if (runs > 1)
            yield return (new(runs < points.Count ? "run, in order" : "row, in order", Log: false), o => o.Cluster + 1);
    }
}
