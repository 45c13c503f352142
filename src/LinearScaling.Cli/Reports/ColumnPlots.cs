using LinearScaling.Laws.Parametric;

namespace LinearScaling.Cli.Reports;

/// <summary>The plots of laws over several columns, which no curve shows: measured against fitted, and what is left
/// against each column.</summary>
internal static class ColumnPlots
{
    public static IEnumerable<(Figure, string)> Draw(IReadOnlyList<LawAnalysis> fits, string metric)
    {
        var (form, log) = (fits[0].Fit.Form, fits[0].Fit.Problem.Loss.Log);
        var pairs = fits.Select(f => f.Fit.Problem.Points.Select(o => (X: f.Fit.Predict(o), o.Y)).ToList()).ToList();
        var fitted = pairs.SelectMany(p => p).Select(p => p.X).ToList();
        yield return (
            new(
                "fitted",
                $"{metric}: measured against fitted",
                new($"{metric}, fitted", Log: log),
                new($"{metric}, measured", Log: log),
                [
                    .. Dots(fits, i => pairs[i]),
                    new(
                        null,
                        Palette.Ink,
                        Stroke.Dashed,
                        Mark.None,
                        [(fitted.Min(), fitted.Min()), (fitted.Max(), fitted.Max())]
                    ),
                ]
            ),
            "On the dashed line both are equal."
        );
        foreach (var (k, column) in form.Columns.Index())
            yield return (
                new(
                    $"residuals_{column}",
                    $"Residuals against {column}",
                    new(column),
                    new(log ? $"ln {metric} - fitted" : $"{metric} - fitted", Log: false),
                    [
                        .. Dots(
                            fits,
                            i =>
                                [
                                    .. fits[i]
                                        .Fit.Problem.Points.Zip(
                                            fits[i].Fit.Problem.Residuals(fits[i].Fit.P),
                                            (o, r) => (o.Others[k], r)
                                        ),
                                ]
                        ),
                    ]
                ),
                $"Residuals should not bend with {column}."
            );
    }

    private static IEnumerable<Series> Dots(
        IReadOnlyList<LawAnalysis> fits,
        Func<int, IReadOnlyList<(double, double)>> points
    ) => fits.Select((f, i) => new Series(f.Name, Palette.Color(i), Stroke.None, Mark.Dot, points(i)));
}
