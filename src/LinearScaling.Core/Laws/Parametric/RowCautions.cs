using System.Globalization;
using LinearScaling.Laws.Points;

namespace LinearScaling.Laws.Parametric;

/// <summary>Reasons that lie in single rows, or in all of them: copies, rows far from the fit, a fit that explains
/// little.</summary>
internal static class RowCautions
{
    /// <summary>A fit that leaves more than a fifth of the variance is no law to predict with.</summary>
    private const double LeastRSquared = 0.8;

    private const int Named = 5;

    public static IEnumerable<Caution> Check(ParametricFit fit, Bootstrap bootstrap)
    {
        var points = fit.Problem.Points;
        var outliers = Outliers.Find(fit);
        if (!(fit.RSquared >= LeastRSquared))
            yield return new("low_r_squared", Unexplained(fit, outliers));
        if (outliers.Count > 0)
            yield return new(
                "outlying_rows",
                $"{(outliers.Count == 1 ? "1 row lies" : $"{outliers.Count} rows lie")} more than "
                    + $"{Outliers.Deviations} median absolute deviations from the fit: {Far(fit, outliers)}"
            );
        var repeated = CopiedRows.Find(points);
        if (repeated.Copies.Count > 0)
            yield return new("copies", Copied(points, repeated.Copies));
        if (repeated.Trunk.Count > 0 && bootstrap.Draws.Count > 0)
            yield return new("branched_runs", Branched(fit.Problem, repeated.Trunk));
    }

    private static string Copied(IReadOnlyList<Observation> points, IReadOnlyList<IReadOnlyList<int>> copies) =>
        $"{copies.Sum(g => g.Count - 1)} rows repeat another one to the last digit "
        + $"({First(copies, g => string.Join(" = ", g.Take(Named).Select(i => Name(points, i))))}), and each counts as "
        + "a run of its own: intervals are too narrow; name the runs, with a column run of a table, or leave the "
        + "copies out";

    /// <summary>Equal rows are as they should be there, but the runs are not independent. A law of schedules needs the
    /// branches apart.</summary>
    private static string Branched(FitProblem problem, IReadOnlyList<IReadOnlyList<int>> trunk)
    {
        List<string> runs = [.. trunk.SelectMany(g => g).Select(i => Name(problem.Points, i)).Distinct()];
        return $"{runs.Count} runs share their rows up to where they part ({First(runs, r => r)}): they were branched "
            + "from one another, and intervals, which take runs for independent, are too narrow"
            + (problem.Form.OfSchedule ? "" : "; in a table, give branches of one trunk one name in the column run");
    }

    private static string Unexplained(ParametricFit fit, IReadOnlyList<int> outliers)
    {
        var (what, r) = (fit.Problem.Loss.Log ? "the metric's logarithm" : "the metric", fit.RSquared);
        var text =
            r < 0.1
                ? Text($"R^2 is {r:F2}: the law explains nothing of {what}, whose mean predicts as well")
                : Text($"R^2 is {r:F2}: the law leaves {100 * (1 - r):F0}% of the variance of {what} unexplained");
        if (outliers.Count == 0)
            return text;
        var far = outliers.ToHashSet();
        var rest = fit.Problem.With([.. fit.Problem.Points.Where((_, i) => !far.Contains(i))]);
        return text + Text($" ({ParametricFit.Explained(rest, fit.P):F2} without the outlying rows)");
    }

    /// <summary>Each with how far it lies above (+) or below the fit.</summary>
    private static string Far(ParametricFit fit, IReadOnlyList<int> outliers)
    {
        var residuals = fit.Problem.Residuals(fit.P);
        return First(
            outliers,
            i =>
                Name(fit.Problem.Points, i)
                + (
                    fit.Problem.Loss.Log
                        ? Text($" ({100 * (Math.Exp(residuals[i]) - 1):+0.0;-0.0;0.0}%)")
                        : Text($" ({residuals[i]:+0.###e+0;-0.###e+0})")
                )
        );
    }

    private static string First<T>(IReadOnlyList<T> all, Func<T, string> name) =>
        string.Join(", ", all.Take(Named).Select(name)) + (all.Count > Named ? $" and {all.Count - Named} more" : "");

    private static string Name(IReadOnlyList<Observation> points, int index) =>
        points[index].Label is { Length: > 0 } label ? label : $"point {index + 1}";

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
