using LinearScaling.Laws.Numerics;
using LinearScaling.Laws.Points;

namespace LinearScaling.Laws.IsoFlops;

/// <summary>One group's laws by approach 2: N_opt(C), D_opt(C) and the loss at them, with intervals and reasons not to
/// trust them.</summary>
/// <param name="Name">The group fitted: an architecture, or the table's name.</param>
/// <param name="Loss">L(C) through the least losses of the profiles.</param>
/// <param name="ExponentSum">Exponents of N_opt and D_opt added: 1 where compute is proportional to N times D.</param>
/// <param name="WithoutOne">The least and the largest exponents of N_opt and D_opt over the fits that leave out one
/// budget; null with fewer than three.</param>
public sealed record IsoFlopFit(
    string Name,
    IsoFlop Estimate,
    ComputeLaw NOpt,
    ComputeLaw DOpt,
    ComputeLaw Loss,
    double ExponentSum,
    (Interval N, Interval D)? WithoutOne,
    IReadOnlyList<LeftOut> LeftOut,
    IReadOnlyList<Caution> Cautions
)
{
    /// <summary>Draws of the bootstrap, unless they are chosen.</summary>
    public const int DefaultDraws = 1000;

    /// <summary>Draws of the bootstrap.</summary>
    public int Draws { get; init; } = DefaultDraws;

    /// <param name="points">With N, D and C, or a named budget in place of C.</param>
    /// <param name="surface">As <see cref="IsoFlop.Fit"/> takes it.</param>
    /// <exception cref="LinearScalingException">Fewer than two budgets have a profile with an optimum.</exception>
    public static IsoFlopFit Fit(
        string name,
        IReadOnlyList<Observation> points,
        IReadOnlyList<double>? surface = null,
        int draws = DefaultDraws,
        int seed = 0
    )
    {
        if (points.FirstOrDefault(o => !(o.N > 0 && o.D > 0 && (o.C > 0 || o.Budget > 0))) is { Weight: > 0 })
            throw LawMistakes.NeedsNAndD(name, "approach 2");
        var fit = IsoFlop.Fit(points, surface);
        if (fit is not { NOpt: { } nOpt, DOpt: { } dOpt, Loss: { } loss })
            throw LawMistakes.NoProfiles(name, fit);
        var drawn = new IsoFlopBootstrap(fit).Draw(draws, seed);
        var (n, d, l) = (
            ComputeLaw.Fit(nOpt, drawn.Select(x => x.N).OfType<LogLogLine>()),
            ComputeLaw.Fit(dOpt, drawn.Select(x => x.D).OfType<LogLogLine>()),
            ComputeLaw.Fit(loss, drawn.Select(x => x.Loss).OfType<LogLogLine>())
        );
        var result = new IsoFlopFit(
            name,
            fit,
            n,
            d,
            l,
            n.Exponent + d.Exponent,
            Without(fit.Used),
            [.. Unused(name, fit)],
            []
        )
        {
            Draws = draws,
        };
        return result with { Cautions = [.. IsoFlopCautions.Check(result)] };
    }

    /// <summary>The fit as it is saved.</summary>
    /// <param name="version">Version of lcs.</param>
    /// <param name="command">The command line that made it.</param>
    public Law ToLaw(string metric, string convention, LawData data, string version, string command) =>
        Loss.ToLaw(Name, "isoflop", metric, convention, data) with
        {
            NOpt = NOpt,
            DOpt = DOpt,
            ExponentSum = ExponentSum,
            FittedRange = FittedRange.Span(Estimate.Used.SelectMany(p => p.Points)) with
            {
                C = FittedRange.Ends(Estimate.Used.Select(p => p.Flops)),
            },
            Cautions = Cautions,
            Version = version,
            Command = command,
        };

    private static (Interval, Interval)? Without(IReadOnlyList<IsoFlopProfile> used)
    {
        if (used.Count < 3)
            return null;
        var fits = used.Select(left => IsoFlop.Through([.. used.Where(p => p != left)], [], true)).ToList();
        Interval Range(Func<IsoFlop, double> exponent) => new(fits.Min(exponent), fits.Max(exponent));
        return (Range(f => f.NOpt!.Exponent), Range(f => f.DOpt!.Exponent));
    }

    private static IEnumerable<LeftOut> Unused(string name, IsoFlop fit)
    {
        if (fit.Early > 0)
            yield return new(name, fit.Early, "approach 2 takes the last row of a run, or rows whose budget is named");
        if (fit.Alone.Count > 0)
            yield return new(name, fit.Alone.Count, "approach 2: no budget is near in C");
        foreach (var p in fit.Profiles.Where(p => p.Problem is not null))
            yield return new($"{name}, {p.Called}", p.Points.Count, $"approach 2: {p.Problem}");
    }
}
