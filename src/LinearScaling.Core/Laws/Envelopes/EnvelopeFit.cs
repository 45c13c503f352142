using LinearScaling.Laws.Numerics;
using LinearScaling.Laws.Points;

namespace LinearScaling.Laws.Envelopes;

/// <summary>One family's laws by approach 1: L(C), N_opt(C), D_opt(C), and reasons not to trust them.</summary>
/// <param name="NOpt">Null where fewer than two hand-overs were seen.</param>
/// <param name="LossDraws">L(C) of each bootstrap draw; none of a single size.</param>
/// <param name="Extrapolation">How L(C) fitted without the top half-decade of compute predicts it.</param>
/// <param name="LargestSize">How L(C) fitted without the runs of the largest size predicts that size, over the compute
/// where it is the best; null with fewer than three sizes, or where it never is.</param>
/// <param name="ExponentSum">Exponents of N_opt and D_opt added: 1 where compute is proportional to N times D.</param>
public sealed record EnvelopeFit(
    string Architecture,
    IReadOnlyList<LossCurve> Curves,
    Envelope Envelope,
    ComputeLaw Loss,
    ComputeLaw? NOpt,
    ComputeLaw? DOpt,
    double? ExponentSum,
    Extrapolation? Extrapolation,
    Extrapolation? LargestSize,
    IReadOnlyList<LogLogLine> LossDraws,
    IReadOnlyList<LeftOut> LeftOut,
    IReadOnlyList<Caution> Cautions
)
{
    /// <summary>Draws of the bootstrap, unless they are chosen.</summary>
    public const int DefaultDraws = 1000;

    /// <param name="curves">Curves of one architecture; of a single size, L(C) has no intervals.</param>
    /// <remarks>
    /// The bootstrap moves each run as a whole: a draw takes every curve to where its size and tokens let it be
    /// expected (<see cref="RunScatter"/>), adds a normal shift in ln L as wide as runs scatter about that, then takes
    /// envelope, hand-overs and regressions anew. Resampling the runs themselves says nothing here: with one run per
    /// size, a draw either repeats the data or loses a size. Shifts on top of the runs' own would count their scatter
    /// twice: an envelope favours runs that came out low, and a size that did not is missing from it. Of L(C), which
    /// nearly follows the shifts of all curves, what a draw is off is taken from the fit, and with it that favour;
    /// N_opt and D_opt stay as drawn, since sizes that vanish make their distribution lopsided, and its long tail would
    /// change sides.
    /// </remarks>
    public static EnvelopeFit Fit(IReadOnlyList<LossCurve> curves, int draws = DefaultDraws, int seed = 0)
    {
        // A shift of the only size moves L(C) as a whole: the draws would tell its exponent without any scatter.
        if (curves.DistinctBy(c => c.N).Count() < 2)
            draws = 0;
        var grid = new EnvelopeGrid(curves);
        var envelope = grid.Envelope([]);
        var (loss, nOpt, dOpt) = Lines(envelope);
        var scatter = RunScatter.Measure(curves, grid, envelope, loss);
        var expected = Lines(grid.Envelope(scatter.Shifts)).Loss;
        var random = new SeededRandom(seed);
        var lines = new List<(LogLogLine Loss, LogLogLine? N, LogLogLine? D)>(draws);
        var shifts = new double[curves.Count];
        for (var i = 0; i < draws; i++)
        {
            for (var c = 0; c < shifts.Length; c++)
                shifts[c] = scatter.Shifts[c] + scatter.Width * random.Normal();
            var drawn = Lines(grid.Envelope(shifts));
            lines.Add(scatter.Told ? drawn with { Loss = Turned(loss, expected, drawn.Loss) } : drawn);
        }
        var (n, d) = (Optimum(nOpt, lines.Select(x => x.N)), Optimum(dOpt, lines.Select(x => x.D)));
        return new(
            curves[0].Architecture,
            curves,
            envelope,
            ComputeLaw.Fit(loss, lines.Select(x => x.Loss)),
            n,
            d,
            n is null || d is null ? null : n.Exponent + d.Exponent,
            HeldOut(envelope),
            WithoutLargest(curves, envelope),
            [.. lines.Select(x => x.Loss)],
            [.. Trimmed(curves, envelope)],
            [
                .. EnvelopeCautions.Check(curves, envelope, loss, nOpt, dOpt),
                .. EnvelopeCautions.Lucky(nOpt, [.. lines.Select(x => x.N?.Exponent).OfType<double>()]),
            ]
        );
    }

    /// <summary>A law with intervals that hold the fit itself, though smooth curves would give another.</summary>
    private static ComputeLaw? Optimum(LogLogLine? line, IEnumerable<LogLogLine?> draws) =>
        line is not null && ComputeLaw.Fit(line, draws.OfType<LogLogLine>()) is var law
            ? law with
            {
                CoefficientInterval = law.CoefficientInterval?.Including(law.Coefficient),
                ExponentInterval = law.ExponentInterval?.Including(law.Exponent),
            }
            : null;

    /// <summary>Sizes and tokens of the runs, and the compute of the envelope.</summary>
    private FittedRange Range =>
        new(
            FittedRange.Ends(Curves.Select(c => c.N)),
            FittedRange.Ends(Curves.SelectMany(c => c.Points.Select(p => p.Tokens))),
            FittedRange.Ends(Envelope.Points.Select(p => p.Flops))
        );

    /// <summary>The fit as it is saved.</summary>
    /// <param name="version">Version of lcs.</param>
    /// <param name="command">The command line that made it.</param>
    public Law ToLaw(string metric, string convention, LawData data, string version, string command) =>
        Loss.ToLaw(Architecture, "envelope", metric, convention, data) with
        {
            Extrapolation = Extrapolation,
            NOpt = NOpt,
            DOpt = DOpt,
            ExponentSum = ExponentSum,
            FittedRange = Range,
            Cautions = Cautions,
            Version = version,
            Command = command,
        };

    /// <summary>Fits the envelope without its top half-decade of compute, and predicts that.</summary>
    private static Extrapolation? HeldOut(Envelope envelope)
    {
        var limit = envelope.Points[^1].Flops / Math.Sqrt(10);
        var (below, above) = (
            envelope.Points.Where(p => p.Flops < limit).ToList(),
            envelope.Points.Where(p => p.Flops >= limit).ToList()
        );
        if (
            envelope.Decades < 1
            || LogLogLine.Fit([.. below.Select(p => p.Flops)], [.. below.Select(p => p.Value)]) is not { } line
        )
            return null;
        return Extrapolate(line, above, limit, below[^1].Flops);
    }

    private static Extrapolation? WithoutLargest(IReadOnlyList<LossCurve> curves, Envelope envelope)
    {
        var largest = curves.Max(c => c.N);
        var (smaller, best) = (
            curves.Where(c => c.N < largest).ToList(),
            envelope.Points.Where(p => curves[p.Curve].N == largest).ToList()
        );
        if (smaller.Select(c => c.N).Distinct().Count() < 2 || best.Count == 0)
            return null;
        var below = Envelope.Trace(smaller).Points;
        return LogLogLine.Fit([.. below.Select(p => p.Flops)], [.. below.Select(p => p.Value)]) is { } line
            ? Extrapolate(line, best, best[0].Flops, below[^1].Flops)
            : null;
    }

    /// <param name="last">Largest compute that the line was fitted to.</param>
    private static Extrapolation Extrapolate(LogLogLine line, List<EnvelopePoint> heldOut, double from, double last)
    {
        var errors = heldOut.ConvertAll(p => line.At(p.Flops) / p.Value - 1);
        return new(from, heldOut.Count, heldOut[^1].Flops / last, errors.Average(), errors.MaxBy(Math.Abs));
    }

    private static IEnumerable<LeftOut> Trimmed(IReadOnlyList<LossCurve> curves, Envelope envelope)
    {
        foreach (
            var (where, outside, n) in new (string, Func<double, bool>, double)[]
            {
                ("below", c => c < envelope.Sizes[0].FromFlops, envelope.Sizes[0].N),
                ("above", c => c > envelope.Sizes[^1].ToFlops * (1 + 1e-12), envelope.Sizes[^1].N),
            }
        )
            if (curves.Where(c => c.N == n).Sum(c => c.Points.Count(p => outside(p.Flops))) is > 0 and var count)
                yield return new(
                    $"{curves[0].Architecture}, size {curves.First(c => c.N == n).Size}",
                    count,
                    $"{where} its part of the envelope: no {(where == "below" ? "smaller" : "larger")} size to "
                        + $"compare with there"
                );
    }

    private static (LogLogLine Loss, LogLogLine? N, LogLogLine? D) Lines(Envelope e)
    {
        var flops = e.HandOvers.Select(h => h.Flops).ToArray();
        return (
            LogLogLine.Fit([.. e.Points.Select(p => p.Flops)], [.. e.Points.Select(p => p.Value)])!,
            LogLogLine.Fit(flops, [.. e.HandOvers.Select(h => h.N)]),
            LogLogLine.Fit(flops, [.. e.HandOvers.Select(h => h.D)])
        );
    }

    /// <summary>The fit less what a draw is off from what is expected (the basic bootstrap; Davison and Hinkley 1997,
    /// section 5.2).</summary>
    private static LogLogLine Turned(LogLogLine fit, LogLogLine expected, LogLogLine drawn) =>
        fit with
        {
            Coefficient = fit.Coefficient * expected.Coefficient / drawn.Coefficient,
            Exponent = fit.Exponent + expected.Exponent - drawn.Exponent,
        };
}
