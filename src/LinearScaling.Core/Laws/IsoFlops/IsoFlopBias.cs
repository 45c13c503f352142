using LinearScaling.Laws.Forms;
using LinearScaling.Laws.Numerics;
using LinearScaling.Laws.Parametric;
using LinearScaling.Laws.Points;

namespace LinearScaling.Laws.IsoFlops;

/// <summary>How far off the parabolas of a design are on a noise-free surface L = E + A / N^alpha + B / D^beta like the
/// data's. A loss is no parabola: the wider the profiles, and the further off their middle, the larger.</summary>
/// <param name="N">N_opt over the true one, less 1, at the middle budget, where intercept and slope do not
/// trade.</param>
/// <param name="D">The same of D_opt.</param>
/// <param name="ExponentN">Exponent of N_opt less the true one: 0 where all profiles have one width and stand alike
/// about their optimum.</param>
/// <param name="ExponentD">The same of D_opt.</param>
public sealed record IsoFlopBias(double N, double D, double ExponentN, double ExponentD)
{
    internal static IsoFlopBias? Measure(IsoFlop fit, IReadOnlyList<double>? surface)
    {
        var points = fit.Used.SelectMany(p => p.Points).ToList();
        surface ??= VariableProjection.Fit(points, relative: true).Coefficients;
        if (!(surface[1] > 0 && surface[2] > 0)) // without either term there is no optimum
            return null;
        var form = new Chinchilla();
        // What compute buys along a budget: C as planned, N and D as trained.
        var rule = FlopsRule.Infer(fit.Used.SelectMany(p => p.Points.Select(o => o with { C = Planned(p, o) })));
        double[] start = [Math.Max(surface[0], 1e-3), .. surface.Skip(1)];
        var exact = IsoFlop.Through(
            [
                .. fit.Used.Select(p =>
                    IsoFlopProfile.Fit(p.Flops, [.. p.Points.Select(o => o with { Y = form.Predict(start, o) })])
                ),
            ],
            [],
            fit.Separate
        );
        if (exact.NOpt is null || exact.DOpt is null)
            return null;
        double[] flops = [.. exact.Used.Select(p => p.Flops)];
        var truth = Array.ConvertAll(flops, c => Allocation.Optimize(form, start, c, rule));
        var (n, d) = (
            LogLogLine.Fit(flops, [.. truth.Select(t => t.N)])!,
            LogLogLine.Fit(flops, [.. truth.Select(t => t.D)])!
        );
        var middle = Math.Exp(flops.Average(Math.Log));
        return new(
            exact.NOpt.At(middle) / n.At(middle) - 1,
            exact.DOpt.At(middle) / d.At(middle) - 1,
            exact.NOpt.Exponent - n.Exponent,
            exact.DOpt.Exponent - d.Exponent
        );
    }

    private static double Planned(IsoFlopProfile profile, Observation o) =>
        double.IsFinite(o.Budget) ? profile.Flops : o.C;
}
