using LinearScaling.Laws.Numerics;
using LinearScaling.Laws.Points;

namespace LinearScaling.Laws.Parametric;

/// <summary>Reasons not to trust a parametric fit, each checked on its own.</summary>
internal static class ParametricCautions
{
    public static IEnumerable<Caution> Check(
        ParametricFit fit,
        Bootstrap? bootstrap,
        DesignEffect? dependence,
        IEnumerable<ProfileLikelihood> profiles,
        Extrapolation? extrapolation
    )
    {
        var (points, form, certificate) = (fit.Problem.Points, fit.Form, fit.Certificate);
        var free = fit.Problem.FreeParameters;
        // A copy of a point tells nothing new.
        if (points.DistinctBy(o => (o.N, o.D, o.X, o.Y)).Count() is var different && different < 2 * free)
            yield return new("few_points", $"{different} points for {free} parameters");
        if (form.OfNAndD)
        {
            var sizes = points.Select(o => o.N).Distinct().Count();
            if (sizes < 4)
                yield return new(
                    "few_sizes",
                    $"only {sizes} model size{(sizes == 1 ? "" : "s")}: the exponent of N needs 4 or more"
                );
            if (Decades(points.Select(o => o.C)) is var decades && decades < 1.5)
                yield return new(
                    "short_range",
                    $"the points span {decades:F1} decades of compute: extrapolation needs 1.5 or more"
                );
            if (Correlation(points, o => o.LogN, o => o.LogD) is var r && Math.Abs(r) > 0.98)
                yield return new(
                    "one_direction",
                    $"N and D rise together (correlation {r:F3} in logarithms): their exponents cannot be told "
                        + $"apart"
                );
        }
        foreach (var caution in form.Cautions(fit, bootstrap))
            yield return caution;
        var runs = points.Select(o => o.Cluster).Distinct().Count();
        if (runs == 1)
            yield return new(
                "few_runs",
                "all points come from one run: how far runs differ is unknown, and there are no intervals"
            );
        else if (runs < 5)
            yield return new("few_runs", $"only {runs} runs: intervals from redrawing so few are too narrow");
        if (runs > 1 && dependence is { Known: false })
            yield return new(
                "dependent_rows",
                $"{runs} runs for {free} parameters do not tell how far rows of one run depend on each other "
                    + $"({DesignEffect.RunsPerParameter} for each would): there are no profile intervals and no "
                    + $"likelihood ratios"
            );
        else if (
            dependence is { Independent: false }
            && form.Parameters.Where((q, k) => q.Exponent && double.IsNaN(dependence.ForParameter(k))).Any()
        )
            yield return new(
                "dependent_rows",
                "rows of one run depend on each other, and profile intervals that allow for it came out too narrow "
                    + "where that was measured: there are none, and those of the bootstrap stand"
            );
        if (certificate.ConditionNumber > 1e7)
            yield return new(
                "flat_direction",
                $"condition number {Size(certificate.ConditionNumber)}: some combination of the parameters is "
                    + $"not determined by the data"
            );
        if (bootstrap is { Draws.Count: > 1 })
            for (var k = 0; k < form.Parameters.Count; k++)
                if (
                    !fit.Problem.IsFixed(k)
                    && !form.Parameters[k].LogScale
                    && Math.Abs(fit.Coefficients[k]) is > 0 and var size
                    && bootstrap.StandardError(k) > size
                )
                    yield return new(
                        "undetermined",
                        $"{form.Parameters[k].Name} = {fit.Coefficients[k]:G3} has a standard error of "
                            + $"{bootstrap.StandardError(k):G3}"
                    );
        for (var k = 0; k < form.Parameters.Count; k++)
            if (
                !fit.Problem.IsFixed(k)
                && bootstrap?.Interval(k) is { } drawn
                && !certificate.BoundsHit.Contains(form.Parameters[k].Name)
                && BoundMet(fit.Problem, k, drawn) is { } met
            )
                yield return new(
                    "undetermined",
                    $"of the redrawn fits, more than 1 in 40 end at {form.Parameters[k].Name}'s bound, {met:G3}"
                );
        if (2 * certificate.Agreeing < certificate.Polished)
            yield return new(
                "starts_disagree",
                $"only {certificate.Agreeing} of the {certificate.Polished} best starts end at the same objective"
            );
        else if (certificate.Spread > 1e-3)
            yield return new(
                "starts_disagree",
                $"starts reach the same objective with parameters that differ by up to {certificate.Spread:G2}"
            );
        if (certificate.PromisedDecrease > 1e-8)
            yield return new(
                "not_converged",
                double.IsInfinity(certificate.PromisedDecrease)
                    ? "along some direction the objective does not curve upwards where the fit ended: it is no minimum"
                    : $"one more step would lower the objective by a part of {certificate.PromisedDecrease:0.0e0}"
            );
        foreach (var bound in certificate.BoundsHit)
            yield return new("bound_hit", $"{bound} ended at its bound, {fit[bound]:G3}");
        if (certificate.VariableProjectionGap > 1e-6)
            yield return new(
                "not_the_minimum",
                $"variable projection found an objective lower by a part of "
                    + $"{certificate.VariableProjectionGap:0.0e0}"
            );
        foreach (var profile in profiles.Where(p => p.FoundBetter))
            yield return new("not_the_minimum", $"the profile of {profile.Parameter} came upon a better fit");
        foreach (var profile in profiles)
        {
            var (below, above) = (double.IsInfinity(profile.Interval.Low), double.IsInfinity(profile.Interval.High));
            var where = below && above ? "either side" : "one side";
            if (below || above)
                yield return new("flat_direction", $"the likelihood does not bound {profile.Parameter} on {where}");
        }
        if (extrapolation is { } e && Math.Abs(e.MeanError) > 0.02)
            yield return new(
                "extrapolation",
                $"fitted without the top half-decade of compute, it misses that by "
                    + $"{100 * e.MeanError:+0.0;-0.0;0.0}% on average"
            );
    }

    /// <summary>The bound at which an interval of draws ends, in natural units.</summary>
    private static double? BoundMet(FitProblem problem, int k, Interval drawn)
    {
        var (q, (low, high)) = (problem.Form.Parameters[k], problem.Bounds[k]);
        double Fitted(double v) => q.LogScale ? Math.Log(v) : v;
        return Fitted(drawn.Low) <= low + 1e-9 ? drawn.Low
            : Fitted(drawn.High) >= high - 1e-9 ? drawn.High
            : null;
    }

    private static string Size(double value) => double.IsInfinity(value) ? "infinite" : $"{value:0.0e0}";

    private static double Decades(IEnumerable<double> values) =>
        values.ToList() is var v ? Math.Log10(v.Max() / v.Min()) : 0;

    public static double Correlation(
        IReadOnlyList<Observation> points,
        Func<Observation, double> first,
        Func<Observation, double> second
    )
    {
        var line = StraightLine.Fit([.. points.Select(first)], [.. points.Select(second)]);
        return line.XX * line.YY > 0 ? line.XY / Math.Sqrt(line.XX * line.YY) : 0;
    }
}
