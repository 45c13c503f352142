using LinearScaling.Cli.Reports.Figures;
using LinearScaling.Laws;
using LinearScaling.Laws.Envelopes;

namespace LinearScaling.Cli.Reports.Envelopes;

/// <summary>The plots of approach-1 fits.</summary>
internal sealed class EnvelopePlots(
    IReadOnlyList<EnvelopeFit> fits,
    IReadOnlyList<Law> overlays,
    string metric,
    string compute,
    string sizes
)
{
    private readonly List<string> names = [.. fits.Select(f => f.Architecture)];

    private readonly Axis flops = new(compute);

    public IEnumerable<(Figure Figure, string Caption)> Draw()
    {
        yield return (
            Loss(),
            "Thin: each run. Solid: the envelope, the least value any run of the family reaches with that compute. "
                + "Dashed: the fitted power law."
        );
        if (fits.Any(f => f.Envelope.HandOvers.Count > 0))
        {
            yield return (
                Optimal(
                    ("n_opt", "Compute-optimal model size"),
                    $"N ({sizes})",
                    "N",
                    f => f.NOpt,
                    h => h.N,
                    Overlay.NOpt
                ),
                "Dots: where one size hands over to the next, at the geometric mean of the two."
            );
            yield return (
                Optimal(("d_opt", "Compute-optimal tokens"), "D (tokens)", "D", f => f.DOpt, h => h.D, Overlay.DOpt),
                "The tokens that go with the sizes above."
            );
        }
        yield return (Residuals(), "A smile or a frown means that a pure power law is too simple for this range.");
    }

    private Figure Loss()
    {
        var bar = fits.Count == 1 ? Measured.Bar(fits[0].Curves.Select(c => c.N)) : null;
        return Grouped.Draw(
            ("loss", $"{metric} against compute"),
            flops,
            new(metric),
            names,
            (i, color) =>
            {
                var f = fits[i];
                return
                [
                    .. f.Curves.Select(c => new Series(
                        "runs",
                        bar?.Color(c.N) ?? color,
                        Stroke.Thin,
                        Mark.None,
                        [.. c.Points.Select(p => (p.Flops, p.Value))]
                    )),
                    new(
                        "envelope",
                        bar is null ? color : Palette.Ink,
                        Stroke.Solid,
                        Mark.None,
                        [.. f.Envelope.Points.Select(p => (p.Flops, p.Value))]
                    ),
                    Law(f, f.Loss, "L", bar is null ? color : "#d55e00", Stroke.Dashed),
                ];
            },
            Published((law, c) => law.LossAt(c))
        ) with
        {
            Bar = bar,
        };
    }

    private Figure Optimal(
        (string, string) figure,
        string label,
        string letter,
        Func<EnvelopeFit, ComputeLaw?> law,
        Func<HandOver, double> value,
        Func<Law, double, double> published
    ) =>
        Grouped.Draw(
            figure,
            flops,
            new(label),
            names,
            (i, color) =>
                [
                    .. law(fits[i]) is { } fitted ? new[] { Law(fits[i], fitted, letter, color, Stroke.Solid) } : [],
                    new(
                        "hand-overs",
                        color,
                        Stroke.None,
                        Mark.Dot,
                        [.. fits[i].Envelope.HandOvers.Select(h => (h.Flops, value(h)))]
                    ),
                ],
            Published(published)
        );

    /// <summary>Against C, and where the envelope's runs lie: N, D and the run.</summary>
    private Figure Residuals()
    {
        var y = new Axis("ln L - fitted", Log: false);
        if (fits.Count > Palette.Groups)
            return Grouped.Draw(
                ("residuals", "Residuals of L(C) on the envelope"),
                flops,
                y,
                names,
                (i, color) => [Left(fits[i], null, color, (p, _) => p.Flops)]
            );
        (Axis Axis, Func<EnvelopePoint, EnvelopeFit, double> At)[] variables =
        [
            (flops, (p, _) => p.Flops),
            (new($"N ({sizes})"), (p, f) => f.Curves[p.Curve].N),
            (new("D (tokens)"), (p, f) => p.Flops / f.Curves[p.Curve].FlopsPerToken),
            (new("run, in order of size", Log: false), (p, _) => p.Curve + 1),
        ];
        return new(
            "residuals",
            "Residuals of L(C) on the envelope",
            [
                .. variables.Select(v => new Panel(
                    "",
                    v.Axis,
                    y,
                    [.. fits.Select((f, i) => Left(f, fits.Count == 1 ? null : f.Architecture, Palette.Color(i), v.At))]
                )),
            ],
            Shared: false
        );
    }

    private static Series Left(
        EnvelopeFit f,
        string? label,
        string color,
        Func<EnvelopePoint, EnvelopeFit, double> at
    ) =>
        new(
            label,
            color,
            Stroke.None,
            Mark.Dot,
            [.. f.Envelope.Points.Select(p => (at(p, f), Math.Log(p.Value / f.Loss.At(p.Flops))))]
        );

    private static Series Law(EnvelopeFit f, ComputeLaw law, string letter, string color, Stroke stroke) =>
        Bands.Law("power law", color, stroke, law, f.Envelope.Points[0].Flops, f.Envelope.Points[^1].Flops) with
        {
            Detail = $"{letter} = {Numbers.Short(law.Coefficient)} C^{Numbers.Fixed(law.Exponent, 3)}",
        };

    private IEnumerable<Series> Published(Func<Law, double, double> value) =>
        Overlay.Draw(
            overlays,
            fits.Min(f => f.Envelope.Points[0].Flops),
            fits.Max(f => f.Envelope.Points[^1].Flops),
            value
        );
}
