using LinearScaling.Laws.Numerics;
using LinearScaling.Laws.Points;

namespace LinearScaling.Laws.Envelopes;

/// <summary>Reasons not to trust an approach-1 fit.</summary>
internal static class EnvelopeCautions
{
    public static IEnumerable<Caution> Check(
        IReadOnlyList<LossCurve> curves,
        Envelope envelope,
        LogLogLine loss,
        LogLogLine? nOpt,
        LogLogLine? dOpt
    )
    {
        var sizes = curves.Select(c => c.N).Distinct().Count();
        if (sizes < 4)
            yield return new(
                "few_sizes",
                $"only {sizes} model size{(sizes == 1 ? "" : "s")}: exponents need 4 or more"
            );
        if (envelope.Decades < 1.5)
            yield return new(
                "short_range",
                $"the envelope spans {envelope.Decades:F1} decades of compute: extrapolation needs 1.5 or more"
            );
        if (loss.RSquared < 0.95)
            yield return new(
                "not_a_power_law",
                $"R^2 of L(C) is {loss.RSquared:F3}: a pure power law does not describe the envelope"
            );
        if (loss.Exponent >= 0)
            yield return new("rising", "the envelope does not fall with compute");
        foreach (var size in envelope.Sizes.Where(s => s.LimitedByEnd))
            yield return new(
                "run_too_short",
                $"size {size.Size} was still the best when its run ended (C = "
                    + $"{curves.Where(c => c.N == size.N).Max(c => c.LastFlops):0.00e0}): train it longer to "
                    + $"see where the next size takes over; until then N_opt is too high and D_opt too low there"
            );
        foreach (
            var size in curves.GroupBy(c => c.N).OrderBy(g => g.Key).Where(g => envelope.Sizes.All(s => s.N != g.Key))
        )
            yield return new("never_best", $"size {size.First().Size} is nowhere on the envelope");
        if (nOpt is null)
            yield return new(
                "no_optimum",
                $"{envelope.HandOvers.Count} hand-over{(envelope.HandOvers.Count == 1 ? "" : "s")} between "
                    + $"sizes: N_opt and D_opt need two or more"
            );
        else if (nOpt.Points == 2)
            yield return new(
                "two_hand_overs",
                "N_opt and D_opt are lines through two hand-overs: nothing is left to test them with"
            );
        if (nOpt is not null && dOpt is not null && Math.Abs(nOpt.Exponent + dOpt.Exponent - 1) > 0.05)
            yield return new(
                "exponents_do_not_add_up",
                $"a + b = {nOpt.Exponent + dOpt.Exponent:F3}: with compute nearly proportional to N D one expects 1"
            );
    }

    /// <param name="exponents">Of N_opt, when runs scatter anew about what is expected of them.</param>
    public static IEnumerable<Caution> Lucky(LogLogLine? nOpt, IReadOnlyList<double> exponents)
    {
        if (nOpt is not null && Interval.Percentile(exponents) is { } drawn && !drawn.Contains(nOpt.Exponent))
            yield return new(
                "lucky_runs",
                $"the exponent of N_opt is {nOpt.Exponent:F3}, but between {drawn.Low:F3} and {drawn.High:F3} where "
                    + "runs scatter about a smooth surface: runs that came out low by chance decide it"
            );
    }
}
