using System.Globalization;
using LinearScaling.Cli.Reports.Figures;
using LinearScaling.Files;
using LinearScaling.Laws.Comparing;
using LinearScaling.Laws.Parametric;

namespace LinearScaling.Cli.Reports.Comparing;

/// <summary>Rolling hold-outs as a table and as plots.</summary>
internal static class RollingTables
{
    public const string Heading = "Rolling hold-out";

    /// <summary>A relative error from here on says no more than that the fit went astray.</summary>
    private const double Wild = 10;

    /// <summary>Of one form, for the groups that have steps enough.</summary>
    public static List<(string Name, RollingHoldOut Rolling)> Measure(IReadOnlyList<LawAnalysis> fits) =>
        [
            .. from f in fits
            let rolling = RollingHoldOut.Measure([f.Fit])
            where rolling is not null
            select (f.Name, rolling),
        ];

    /// <summary>A row a form and step.</summary>
    public static TextTable Tabulate(IReadOnlyList<(string Name, RollingHoldOut Rolling)> all)
    {
        var table = new TextTable(
            "law",
            "form",
            "by",
            "fitted up to",
            "points",
            "predicts",
            "points",
            "mean error",
            "mean size",
            "worst"
        );
        foreach (var (name, rolling) in all)
            for (var k = 0; k < rolling.Forms.Count; k++)
                foreach (var step in rolling.Steps)
                {
                    var errors = step.Errors[k];
                    table.Add(
                        name,
                        rolling.Forms[k].Name,
                        rolling.By,
                        Numbers.Short(step.UpTo),
                        step.Fitted.ToString(CultureInfo.InvariantCulture),
                        Numbers.Short(step.Next),
                        errors?.Points.ToString(CultureInfo.InvariantCulture) ?? "-",
                        Error(errors, e => e.Mean),
                        Size(errors, e => e.MeanSize),
                        Error(errors, e => e.Worst)
                    );
                }
        return table;
    }

    /// <summary>An error with its sign. Fits to few points can miss by any number of digits: from ten times on they are
    /// not written out.</summary>
    public static string Error(PredictionErrors? errors, Func<PredictionErrors, double> value) =>
        errors is null ? "-"
        : !errors.Relative ? Numbers.Short(value(errors))
        : value(errors) >= Wild ? "over 1000%"
        : Numbers.Percent(value(errors));

    /// <summary>The size of an error.</summary>
    public static string Size(PredictionErrors? errors, Func<PredictionErrors, double> value) =>
        Error(errors, value).TrimStart('+');

    /// <summary>A plot a group: the mean size of each form's errors against what it predicted.</summary>
    public static IEnumerable<(Figure, string)> Draw(IReadOnlyList<(string Name, RollingHoldOut Rolling)> all)
    {
        foreach (var (name, rolling) in all)
        {
            var relative = rolling.Steps.All(s => s.Errors.All(e => e is null or { Relative: true }));
            List<(double, double)> Sizes(int form) =>
                [
                    .. rolling
                        .Steps.Where(s => s.Errors[form] is { MeanSize: > 0 } e && !(relative && e.MeanSize >= Wild))
                        .Select(s => (s.Next, (relative ? 100 : 1) * s.Errors[form]!.MeanSize)),
                ];
            if (Enumerable.Range(0, rolling.Forms.Count).All(k => Sizes(k).Count == 0))
                continue; // no error anywhere, which no logarithm shows
            yield return (
                Grouped.Draw(
                    (
                        Path.Combine(all.Count == 1 ? "" : SafeName.ForFile(name), "rolling"),
                        $"{name}: errors at the next {(rolling.By == "budget" ? "budget" : "step")}"
                    ),
                    new($"predicted {rolling.By}, from all that is below"),
                    new(relative ? "mean size of errors, %" : "mean size of errors"),
                    [.. rolling.Forms.Select(f => f.Name)],
                    (k, color) => [new("mean size of errors", color, Stroke.Solid, Mark.Dot, Sizes(k))]
                ),
                "Each form is fitted to all points up to one step and predicts the next. The first steps rest on few "
                    + "points; errors over 1000 % are not drawn."
            );
        }
    }
}
