using LinearScaling.Laws;
using LinearScaling.Laws.IsoFlops;

namespace LinearScaling.Cli.Reports;

/// <summary>The plots of approach 2.</summary>
internal static class IsoFlopPlots
{
    /// <summary>Loss over N, a colour a budget.</summary>
    public static Figure Profiles(string name, IsoFlop fit, string metric, string suffix)
    {
        var series = new List<Series>();
        foreach (var (p, i) in fit.Profiles.Where(p => p.OverN != default).Select((p, i) => (p, i)))
        {
            var color = Palette.Color(i);
            series.Add(
                new(
                    $"C = {Numbers.Short(p.Flops)}",
                    color,
                    Stroke.None,
                    Mark.Dot,
                    [.. p.Points.Select(o => (o.N, o.Y))]
                )
            );
            series.Add(
                new(
                    null,
                    color,
                    Stroke.Thin,
                    Mark.None,
                    [.. Overlay.Grid(p.Points.Min(o => o.N), p.Points.Max(o => o.N), 40).Select(n => (n, p.At(n)))]
                )
            );
            if (p.Problem is null)
                series.Add(new(null, color, Stroke.None, Mark.Ring, [(p.NOpt, p.LossOpt)]));
        }
        return new("isoflop" + suffix, $"{name}: IsoFLOP profiles", new("N (parameters)"), new(metric), series);
    }

    /// <summary>Vertices and the power law through them, a colour a group.</summary>
    /// <param name="law">What is drawn of a fit, and of each profile.</param>
    public static Figure Optimal(
        string name,
        string title,
        (Axis Compute, string Label) axes,
        IReadOnlyList<IsoFlopFit> fits,
        (Func<IsoFlopFit, ComputeLaw> Of, Func<IsoFlopProfile, double> Value, string Letter) law,
        IEnumerable<Series> overlays
    )
    {
        var series = new List<Series>();
        foreach (var (f, i) in fits.Select((f, i) => (f, i)))
        {
            var (used, fitted, color) = (f.Estimate.Used, law.Of(f), Palette.Color(i));
            series.Add(
                new(
                    $"{f.Name}: vertices",
                    color,
                    Stroke.None,
                    Mark.Ring,
                    [.. used.Select(p => (p.Flops, law.Value(p)))]
                )
            );
            series.Add(
                new(
                    $"{f.Name}: {law.Letter} = {Numbers.Short(fitted.Coefficient)} "
                        + $"C^{Numbers.Fixed(fitted.Exponent, 3)}",
                    color,
                    Stroke.Dashed,
                    Mark.None,
                    [.. new[] { used[0].Flops, used[^1].Flops }.Select(c => (c, fitted.At(c)))]
                )
            );
        }
        return new(name, title, axes.Compute, new(axes.Label), [.. series, .. overlays]);
    }
}
