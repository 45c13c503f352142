using LinearScaling.Cli.Reports.Figures;
using LinearScaling.Laws;
using LinearScaling.Laws.IsoFlops;

namespace LinearScaling.Cli.Reports;

/// <summary>The plots of approach 2.</summary>
internal static class IsoFlopPlots
{
    public const string Caption =
        "Dots: models that cost the same. Lines: parabolas in log N, with the 95 % that their points leave open. "
        + "Rings: vertices.";

    /// <summary>Loss over N, budgets by colour.</summary>
    /// <param name="folder">Of the group, where there are several.</param>
    public static Figure Profiles(string name, IsoFlop fit, string metric, string folder)
    {
        var series = new List<Series>();
        var profiles = fit.Profiles.Where(p => p.OverN != default).ToList();
        var bar =
            profiles.Count > 1
                ? new ColorBar("C, FLOPs", profiles.Min(p => p.Flops), profiles.Max(p => p.Flops))
                : null;
        foreach (var p in profiles)
        {
            var color = bar?.Color(p.Flops) ?? Palette.Color(0);
            series.Add(new("models", color, Stroke.None, Mark.Dot, [.. p.Points.Select(o => (o.N, o.Y))]));
            List<double> sizes = [.. Overlay.Grid(p.Points.Min(o => o.N), p.Points.Max(o => o.N), 40)];
            series.Add(
                new("parabola", color, Stroke.Thin, Mark.None, [.. sizes.Select(n => (n, p.At(n)))])
                {
                    Band = [.. sizes.Zip(p.MeanIntervals(sizes), (n, e) => (n, e.Low, e.High))],
                }
            );
            if (p.Problem is null)
                series.Add(new("vertex", color, Stroke.None, Mark.Ring, [(p.NOpt, p.LossOpt)]));
        }
        return new(
            Path.Combine(folder, "isoflop"),
            $"{name}: IsoFLOP profiles",
            new("N (parameters)"),
            new(metric),
            series
        )
        {
            Bar = bar,
        };
    }

    /// <summary>Vertices and the power law through them, a colour a group.</summary>
    /// <param name="law">What is drawn of a fit, and of each profile.</param>
    public static Figure Optimal(
        (string Name, string Title) figure,
        (Axis Compute, string Label) axes,
        IReadOnlyList<IsoFlopFit> fits,
        (Func<IsoFlopFit, ComputeLaw> Of, Func<IsoFlopProfile, double> Value, string Letter) law,
        IEnumerable<Series> overlays
    ) =>
        Grouped.Draw(
            figure,
            axes.Compute,
            new(axes.Label),
            [.. fits.Select(f => f.Name)],
            (i, color) =>
            {
                var (used, fitted) = (fits[i].Estimate.Used, law.Of(fits[i]));
                return
                [
                    Bands.Law("power law", color, Stroke.Solid, fitted, used[0].Flops, used[^1].Flops) with
                    {
                        Detail =
                            $"{law.Letter} = {Numbers.Short(fitted.Coefficient)} "
                            + $"C^{Numbers.Fixed(fitted.Exponent, 3)}",
                    },
                    new("vertices", color, Stroke.None, Mark.Ring, [.. used.Select(p => (p.Flops, law.Value(p)))]),
                ];
            },
            overlays
        );
}
