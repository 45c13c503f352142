using LinearScaling.Cli.Reports.Figures;
using LinearScaling.Files;
using LinearScaling.Laws;
using LinearScaling.Laws.IsoFlops;
using LinearScaling.Laws.Numerics;
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
        List<Observation> points = [.. fits.SelectMany(f => f.Fit.Problem.Points)];
        var (from, to) = (points.Min(o => o.C), points.Max(o => o.C));
        var optima = fits.Select(f => Overlay.Grid(from, 10 * to, 33).Select(c => Spent(f, c)).ToList()).ToList();
        List<string> names = [.. fits.Select(f => f.Name)];
        var bar = fits.Count == 1 ? Measured.Bar(points.Select(o => o.N)) : null;
        IEnumerable<Series> Published(Func<Law, double, double> value) => Overlay.Draw(overlays, from, 10 * to, value);
        yield return (
            Grouped.Draw(
                ("loss", $"{metric} against compute"),
                compute,
                new(metric),
                names,
                (i, color) =>
                    [
                        .. Measured.Dots(fits[i].Fit.Problem.Points, color, bar, o => (o.C, o.Y)),
                        Frontier(
                            "compute-optimal",
                            bar is null ? color : "#d55e00",
                            optima[i],
                            a => (a.Loss, a.LossInterval)
                        ),
                    ],
                Published((law, c) => law.LossAt(c))
            ) with
            {
                Bar = bar,
            },
            "Dots: the data. Line: the least the law can reach with that compute, one decade beyond the data."
        );
        yield return (
            Optimal(
                ("n_opt", "Compute-optimal model size"),
                (compute, "N (parameters)"),
                (i => fits[i].NOpt!, a => (a.N, a.NInterval), p => p.NOpt, "N"),
                Published(Overlay.NOpt)
            ),
            "Rings, where there are any: vertices of IsoFLOP parabolas."
        );
        yield return (
            Optimal(
                ("d_opt", "Compute-optimal tokens"),
                (compute, "D (tokens)"),
                (i => fits[i].DOpt!, a => (a.D, a.DInterval), p => p.DOpt, "D"),
                Published(Overlay.DOpt)
            ),
            "The tokens that go with the sizes above."
        );
        foreach (var residuals in ResidualPlots.Draw(fits, metric))
            yield return residuals;
        foreach (var f in fits)
        {
            var folder = fits.Count == 1 ? "" : SafeName.ForFile(f.Name);
            yield return (
                Contour(f, metric, folder),
                "Dots: where the law was measured. Lines of equal loss; the dashed line is the compute-optimal path."
            );
            if (f.Profiles.Count > 0)
                yield return (
                    Profiles(f, folder),
                    "Twice the log-likelihood lost when one exponent is held; below the dashed line lies its 95 % "
                        + "interval."
                );
        }
        foreach (var (name, fit) in isoFlops)
            yield return (
                IsoFlopPlots.Profiles(name, fit, metric, fits.Count == 1 ? "" : SafeName.ForFile(name)),
                IsoFlopPlots.Caption
            );

        Figure Optimal(
            (string, string) figure,
            (Axis Compute, string Label) axes,
            (
                Func<int, ComputeLaw> Law,
                Func<Allocation, (double, Interval?)> Of,
                Func<IsoFlopProfile, double> Vertex,
                string Letter
            ) what,
            IEnumerable<Series> published
        ) =>
            Grouped.Draw(
                figure,
                axes.Compute,
                new(axes.Label),
                names,
                (i, color) =>
                    [
                        Frontier("compute-optimal", color, optima[i], what.Of) with
                        {
                            Detail =
                                $"{what.Letter} = {Numbers.Short(what.Law(i).Coefficient)} "
                                + $"C^{Numbers.Fixed(what.Law(i).Exponent, 3)}",
                        },
                        .. isoFlops
                            .Where(f => f.Name == names[i])
                            .Select(f => new Series(
                                "parabola vertices",
                                color,
                                Stroke.None,
                                Mark.Ring,
                                [.. f.Fit.Used.Select(p => (p.Flops, what.Vertex(p)))]
                            )),
                    ],
                published
            );
    }

    private static Allocation Spent(LawAnalysis f, double flops) =>
        Allocation.Spend(f.Fit.Form, f.Fit.Coefficients, f.Bootstrap.Draws.Take(Bands.Draws), flops, f.Rule);

    private static Series Frontier(
        string label,
        string color,
        List<Allocation> optima,
        Func<Allocation, (double Value, Interval? Interval)> of
    ) =>
        new(label, color, Stroke.Solid, Mark.None, [.. optima.Select(a => (a.Flops, of(a).Value))])
        {
            Band = optima.Exists(a => of(a).Interval is null)
                ? []
                : [.. optima.Select(a => (a.Flops, of(a).Interval!.Low, of(a).Interval!.High))],
        };

    private static Figure Contour(LawAnalysis f, string metric, string folder)
    {
        var points = f.Fit.Problem.Points;
        var (nLow, nHigh, dLow, dHigh) = (
            points.Min(o => o.N),
            points.Max(o => o.N),
            points.Min(o => o.D),
            points.Max(o => o.D)
        );
        var losses = points.Select(o => f.Fit.Predict(o)).Order().ToList();
        var bar = new ColorBar(metric, losses[0], losses[^1]);
        var series = new List<Series>();
        for (var k = 0; k < 7; k++)
        {
            var level = losses[0] * Math.Pow(losses[^1] / losses[0], (k + 0.5) / 7);
            var line = Overlay
                .Grid(nLow, nHigh, 80)
                .Select(n => (n, TokensAt(f, n, level, dLow, dHigh)))
                .Where(p => double.IsFinite(p.Item2))
                .ToList();
            series.Add(new("equal loss", bar.Color(level), Stroke.Solid, Mark.None, line));
        }
        var path = Overlay
            .Grid(points.Min(o => o.C), points.Max(o => o.C), 40)
            .Select(c => Allocation.Optimize(f.Fit.Form, f.Fit.Coefficients, c, f.Rule))
            .Where(a => a.N >= nLow && a.N <= nHigh && a.D >= dLow && a.D <= dHigh);
        series.Add(new("compute-optimal", "#000000", Stroke.Dashed, Mark.None, [.. path.Select(a => (a.N, a.D))]));
        series.Add(new("measured", "#777777", Stroke.None, Mark.Dot, [.. points.Select(o => (o.N, o.D))]));
        return new(
            Path.Combine(folder, "contour"),
            $"{f.Name}: {metric} over N and D",
            new("N (parameters)"),
            new("D (tokens)"),
            series
        )
        {
            Bar = bar,
        };
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

    private static Figure Profiles(LawAnalysis f, string folder)
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
        series.Add(
            new("limit of 95 %", Palette.Ink, Stroke.Dashed, Mark.None, [(values.Min(), 3.84), (values.Max(), 3.84)])
        );
        return new(
            Path.Combine(folder, "profile"),
            $"{f.Name}: profile likelihood of the exponents",
            new("exponent", Log: false),
            new("2 x log-likelihood lost", Log: false),
            series
        );
    }
}
