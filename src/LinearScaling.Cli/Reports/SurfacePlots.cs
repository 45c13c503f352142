using LinearScaling.Files;
using LinearScaling.Laws;
using LinearScaling.Laws.IsoFlops;
using LinearScaling.Laws.Parametric;
using LinearScaling.Laws.Points;

namespace LinearScaling.Cli.Reports;

/// <summary>The plots of laws L(N, D).</summary>
internal static class SurfacePlots
{
    public static IEnumerable<(Figure, string)> Draw(
        IReadOnlyList<LawAnalysis> fits,
        IReadOnlyList<(string Name, IsoFlop Fit)> isoFlops,
        IReadOnlyList<Law> overlays,
        string metric,
        string convention
    )
    {
        var compute = new Axis(ComputeOrigin.Axis(convention));
        var (from, to) = (
            fits.Min(f => f.Fit.Problem.Points.Min(o => o.C)),
            fits.Max(f => f.Fit.Problem.Points.Max(o => o.C))
        );
        List<Series> loss = [],
            n = [],
            d = [],
            residuals = [];
        foreach (var (f, i) in fits.Select((f, i) => (f, i)))
        {
            var color = Palette.Color(i);
            var points = f.Fit.Problem.Points;
            var optima = Overlay
                .Grid(from, 10 * to, 33)
                .Select(c => (C: c, At: Allocation.Optimize(f.Fit.Form, f.Fit.Coefficients, c, f.Rule)))
                .ToList();
            loss.Add(new($"{f.Name}: measured", color, Stroke.None, Mark.Dot, [.. points.Select(o => (o.C, o.Y))]));
            loss.Add(
                new(
                    $"{f.Name}: compute-optimal",
                    color,
                    Stroke.Solid,
                    Mark.None,
                    [.. optima.Select(o => (o.C, o.At.Loss))]
                )
            );
            n.Add(
                new(
                    $"{f.Name}: N = {Numbers.Short(f.NOpt!.Coefficient)} C^{Numbers.Fixed(f.NOpt.Exponent, 3)}",
                    color,
                    Stroke.Solid,
                    Mark.None,
                    [.. optima.Select(o => (o.C, o.At.N))]
                )
            );
            d.Add(
                new(
                    $"{f.Name}: D = {Numbers.Short(f.DOpt!.Coefficient)} C^{Numbers.Fixed(f.DOpt.Exponent, 3)}",
                    color,
                    Stroke.Solid,
                    Mark.None,
                    [.. optima.Select(o => (o.C, o.At.D))]
                )
            );
            residuals.AddRange(CurvePlots.Residuals(f, color, o => o.C));
        }
        foreach (var ((name, fit), i) in isoFlops.Select((f, i) => (f, i)))
        {
            var used = fit.Used;
            n.Add(
                new(
                    $"{name}: parabola vertices",
                    Palette.Color(i),
                    Stroke.None,
                    Mark.Ring,
                    [.. used.Select(p => (p.Flops, p.NOpt))]
                )
            );
            d.Add(
                new(
                    $"{name}: parabola vertices",
                    Palette.Color(i),
                    Stroke.None,
                    Mark.Ring,
                    [.. used.Select(p => (p.Flops, p.DOpt))]
                )
            );
        }
        loss.AddRange(Overlay.Draw(overlays, from, 10 * to, (law, c) => law.LossAt(c)));
        n.AddRange(Overlay.Draw(overlays, from, 10 * to, Overlay.NOpt));
        d.AddRange(Overlay.Draw(overlays, from, 10 * to, Overlay.DOpt));
        yield return (
            new("loss", $"{metric} against compute", compute, new(metric), loss),
            "Dots: the data. Line: the least the law can reach with that compute, one decade beyond the data."
        );
        yield return (
            new("n_opt", "Compute-optimal model size", compute, new("N (parameters)"), n),
            "Rings, where there are any: vertices of IsoFLOP parabolas."
        );
        yield return (
            new("d_opt", "Compute-optimal tokens", compute, new("D (tokens)"), d),
            "The tokens that go with the sizes above."
        );
        yield return (
            new(
                "residuals",
                "Residuals",
                compute,
                new(fits[0].Fit.Problem.Loss.Log ? $"ln {metric} - fitted" : $"{metric} - fitted", Log: false),
                residuals
            ),
            "Residuals should not bend with compute. Rings, where there are any: outlying rows."
        );
        foreach (var f in fits)
        {
            var suffix = fits.Count == 1 ? "" : "_" + SafeName.ForFile(f.Name);
            yield return (
                Contour(f, metric, suffix),
                "Dots: where the law was measured. Lines of equal loss; the dashed line is the compute-optimal path."
            );
            if (f.Profiles.Count > 0)
                yield return (
                    Profiles(f, suffix),
                    "Twice the log-likelihood lost when one exponent is held; below the dashed line lies its 95 % "
                        + "interval."
                );
        }
        foreach (var (name, fit) in isoFlops)
            yield return (
                IsoFlopPlots.Profiles(name, fit, metric, isoFlops.Count == 1 ? "" : "_" + SafeName.ForFile(name)),
                "Dots: models that cost the same. Lines: parabolas in log N. Rings: vertices."
            );
    }

    private static Figure Contour(LawAnalysis f, string metric, string suffix)
    {
        var points = f.Fit.Problem.Points;
        var (nLow, nHigh, dLow, dHigh) = (
            points.Min(o => o.N),
            points.Max(o => o.N),
            points.Min(o => o.D),
            points.Max(o => o.D)
        );
        var series = new List<Series>();
        var losses = points.Select(o => f.Fit.Predict(o)).Order().ToList();
        for (var k = 0; k < 7; k++)
        {
            var level = losses[0] * Math.Pow(losses[^1] / losses[0], (k + 0.5) / 7);
            var line = Overlay
                .Grid(nLow, nHigh, 80)
                .Select(n => (n, TokensAt(f, n, level, dLow, dHigh)))
                .Where(p => double.IsFinite(p.Item2))
                .ToList();
            series.Add(new($"{metric} = {Numbers.Short(level)}", Shade(k / 6.0), Stroke.Solid, Mark.None, line));
        }
        var path = Overlay
            .Grid(points.Min(o => o.C), points.Max(o => o.C), 40)
            .Select(c => Allocation.Optimize(f.Fit.Form, f.Fit.Coefficients, c, f.Rule))
            .Where(a => a.N >= nLow && a.N <= nHigh && a.D >= dLow && a.D <= dHigh);
        series.Add(new("compute-optimal", "#000000", Stroke.Dashed, Mark.None, [.. path.Select(a => (a.N, a.D))]));
        series.Add(new("measured", "#777777", Stroke.None, Mark.Dot, [.. points.Select(o => (o.N, o.D))]));
        return new(
            "contour" + suffix,
            $"{f.Name}: {metric} over N and D",
            new("N (parameters)"),
            new("D (tokens)"),
            series
        );
    }

    /// <summary>The tokens at which a model of size n reaches a level, by bisection; NaN outside the range.</summary>
    private static double TokensAt(LawAnalysis f, double n, double level, double low, double high)
    {
        double At(double d) => f.Fit.Predict(Observation.At(n, d, 0.0));
        if (At(low) < level || At(high) > level)
            return double.NaN;
        for (var i = 0; i < 60; i++)
            if (Math.Sqrt(low * high) is var middle && At(middle) > level)
                low = middle;
            else
                high = middle;
        return low;
    }

    private static Figure Profiles(LawAnalysis f, string suffix)
    {
        List<Series> series =
        [
            .. f.Profiles.Select(
                (p, i) =>
                    new Series(
                        p.Parameter,
                        Palette.Color(i),
                        Stroke.Solid,
                        Mark.None,
                        [.. p.Points.Select(q => (q.Value, q.Lost))]
                    )
            ),
        ];
        var values = f.Profiles.SelectMany(p => p.Points.Select(q => q.Value)).ToList();
        series.Add(new("95 %", Palette.Ink, Stroke.Dashed, Mark.None, [(values.Min(), 3.84), (values.Max(), 3.84)]));
        return new(
            "profile" + suffix,
            $"{f.Name}: profile likelihood of the exponents",
            new("exponent", Log: false),
            new("2 x log-likelihood lost", Log: false),
            series
        );
    }

    /// <summary>From deep blue (low) to orange (high).</summary>
    private static string Shade(double t) => $"#{Mix(0x00, 0xe6, t):x2}{Mix(0x45, 0x9f, t):x2}{Mix(0x8c, 0x00, t):x2}";

    private static int Mix(int a, int b, double t) => (int)Math.Round(a + (b - a) * t);
}
