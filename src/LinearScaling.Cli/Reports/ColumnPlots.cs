using LinearScaling.Cli.Reports.Figures;
using LinearScaling.Laws.Parametric;

namespace LinearScaling.Cli.Reports;

/// <summary>The plots of laws over several columns, which no curve shows: measured against fitted, and what is left
/// against each column.</summary>
internal static class ColumnPlots
{
    public static IEnumerable<(Figure, string)> Draw(IReadOnlyList<LawAnalysis> fits, string metric)
    {
        var log = fits[0].Fit.Problem.Loss.Log;
        var pairs = fits.Select(f => f.Fit.Problem.Points.Select(o => (X: f.Fit.Predict(o), o.Y)).ToList()).ToList();
        var fitted = pairs.SelectMany(p => p).Select(p => p.X).ToList();
        yield return (
            Grouped.Draw(
                ("fitted", $"{metric}: measured against fitted"),
                new($"{metric}, fitted", Log: log),
                new($"{metric}, measured", Log: log),
                [.. fits.Select(f => f.Name)],
                (i, color) => [new("measured", color, Stroke.None, Mark.Dot, pairs[i])],
                [
                    new(
                        "equal",
                        Palette.Ink,
                        Stroke.Dashed,
                        Mark.None,
                        [(fitted.Min(), fitted.Min()), (fitted.Max(), fitted.Max())]
                    ),
                ]
            ),
            "On the dashed line both are equal."
        );
        foreach (var residuals in ResidualPlots.Draw(fits, metric))
            yield return residuals;
    }
}
