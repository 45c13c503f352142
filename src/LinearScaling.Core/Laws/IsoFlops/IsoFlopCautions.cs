namespace LinearScaling.Laws.IsoFlops;

/// <summary>Reasons not to trust an approach-2 fit.</summary>
internal static class IsoFlopCautions
{
    public static IEnumerable<Caution> Check(IsoFlopFit fit)
    {
        var used = fit.Estimate.Used;
        if (used.Count < 4)
            yield return new("few_budgets", $"only {used.Count} budgets have a profile: exponents need 4 or more");
        if (Math.Log10(used.Max(p => p.Flops) / used.Min(p => p.Flops)) is var decades && decades < 1.5)
            yield return new(
                "short_range",
                $"the budgets span {decades:F2} decades of compute: extrapolation needs 1.5 or more"
            );
        if (!fit.Estimate.Separate)
            yield return new(
                "budgets_unclear",
                $"budgets do not stand clear of each other in C ({fit.Estimate.Alone.Count} points belong to none): "
                    + "name each row's budget with --columns budget=COLUMN"
            );
        foreach (var caution in Within(fit.Estimate))
            yield return caution;
        if (Math.Abs(fit.ExponentSum - 1) > 0.02)
            yield return new(
                "exponents_do_not_add_up",
                $"a + b = {fit.ExponentSum:F3}: C / (N_opt D_opt) goes from {used[0].FlopsPerProduct:F2} at the least "
                    + $"budget to {used[^1].FlopsPerProduct:F2} at the largest"
            );
        if (fit.Estimate.Bias is { } bias && Math.Max(Math.Abs(bias.N), Math.Abs(bias.D)) > 0.05)
            yield return new(
                "parabola_bias",
                $"parabolas over profiles like these put N_opt off by {100 * bias.N:+0.0;-0.0}% and D_opt by "
                    + $"{100 * bias.D:+0.0;-0.0}%: narrow the profiles about their optimum, or take approach 3"
            );
        if (fit.Estimate.Bias is { } slope && Math.Max(Math.Abs(slope.ExponentN), Math.Abs(slope.ExponentD)) > 0.01)
            yield return new(
                "parabola_bias",
                $"parabolas over profiles like these put the exponent of N_opt off by {slope.ExponentN:+0.000;-0.000} "
                    + $"and that of D_opt by {slope.ExponentD:+0.000;-0.000}: the optimum drifts through the profiles"
            );
        if (fit.WithoutOne is { } range)
            foreach (var (what, law, without) in new[] { ("N_opt", fit.NOpt, range.N), ("D_opt", fit.DOpt, range.D) })
                if (law.ExponentInterval is { } drawn && (without.Low < drawn.Low || without.High > drawn.High))
                    yield return new(
                        "one_budget_decides",
                        $"without one of the budgets the exponent of {what} is between {without.Low:F3} and "
                            + $"{without.High:F3}: more than its interval allows"
                    );
    }

    /// <summary>What is wrong with single budgets.</summary>
    private static IEnumerable<Caution> Within(IsoFlop fit)
    {
        foreach (var p in fit.Profiles.Where(p => p.Problem is not null && p.OverN != default))
            yield return new("no_vertex", $"{p.Called} is left out: {p.Problem}");
        foreach (var (a, b) in fit.Used.Zip(fit.Used.Skip(1)))
            if (a.Points.Max(o => o.C) > b.Points.Min(o => o.C))
                yield return new("budgets_overlap", $"{a.Called} and {b.Called} overlap in C");
        if (fit.Used.MaxBy(Spread) is { } widest && Spread(widest) is var spread && spread > 1.2)
            yield return new(
                "budgets_scatter",
                $"C differs by up to a factor of {spread:F2} within {widest.Called}: losses of one profile are not of "
                    + "one compute"
            );
    }

    private static double Spread(IsoFlopProfile p) => p.Points.Max(o => o.C) / p.Points.Min(o => o.C);
}
