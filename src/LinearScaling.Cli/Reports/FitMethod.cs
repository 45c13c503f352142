using LinearScaling.Laws.Parametric;
using LinearScaling.Laws.Points;

namespace LinearScaling.Cli.Reports;

/// <summary>How parametric laws were fitted, in a paragraph.</summary>
internal static class FitMethod
{
    public static string Describe(IReadOnlyList<LawAnalysis> fits, string convention)
    {
        var (fit, draws) = (fits[0].Fit, fits[0].Bootstrap.Draws.Count);
        return $"{fit.Form.Equation}, minimising {fit.Problem.Loss.Description}.{Given(fit)} "
            + $"{fit.Certificate.Starts} starts by L-BFGS with analytic gradient in whitened coordinates, "
            + $"the best {fit.Certificate.Polished} polished by Newton steps. Intervals are 95 %: "
            + $"'bootstrap' from {draws} draws of runs, 'profile' from the likelihood.{Dependent(fits)} "
            + $"{ComputeOrigin.Words(convention)}; 1 PF-day = 8.64e19 FLOPs.";
    }

    /// <summary>What was not fitted.</summary>
    private static string Given(ParametricFit fit) =>
        fit.Problem.Fixed is { Count: > 0 } given
            ? $" Fixed: {string.Join(", ", given.Select(g => $"{g.Key} = {Numbers.Digits(g.Value)}"))}."
            : "";

    /// <summary>What rows of one run count for.</summary>
    private static string Dependent(IReadOnlyList<LawAnalysis> fits)
    {
        List<string> counts =
        [
            .. fits.SelectMany(f =>
                f.Profiles.Where(p => p.DesignEffect != 1)
                    .Select(p => (p.Parameter, Rows: f.Fit.Problem.Points.Count, p.DesignEffect))
                    .Select(p =>
                        $"{p.Rows} as {p.Rows / p.DesignEffect:F0} for {p.Parameter}"
                        + (fits.Count == 1 ? "" : $" of {f.Name}")
                    )
            ),
        ];
        return counts.Count == 0
            ? ""
            : $" Rows of one run depend on each other; the likelihood counts {string.Join(", ", counts)}.";
    }
}
