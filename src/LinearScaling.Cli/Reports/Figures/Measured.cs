using LinearScaling.Laws.Points;

namespace LinearScaling.Cli.Reports.Figures;

/// <summary>Measured points: in a group's colour among others, by size where there is one group alone.</summary>
internal static class Measured
{
    /// <summary>More sizes share colours with their neighbours.</summary>
    private const int Shades = 16;

    /// <summary>The scale of the points' sizes; null where they have one, or none.</summary>
    public static ColorBar? Bar(IEnumerable<double> sizes)
    {
        var known = sizes.Where(n => n > 0 && double.IsFinite(n)).ToList();
        return known.Count > 0 && known.Max() > known.Min() ? new("N", known.Min(), known.Max()) : null;
    }

    public static IEnumerable<Series> Dots(
        IReadOnlyList<Observation> points,
        string color,
        ColorBar? bar,
        Func<Observation, (double X, double Y)> place
    ) =>
        bar is null
            ? [new("measured", color, Stroke.None, Mark.Dot, [.. points.Select(place)])]
            : points
                .GroupBy(o => (int)Math.Round((Shades - 1) * Math.Log(o.N / bar.From) / Math.Log(bar.To / bar.From)))
                .OrderBy(g => g.Key)
                .Select(g => new Series(
                    "measured",
                    Palette.Sequential(g.Key / (Shades - 1.0)),
                    Stroke.None,
                    Mark.Dot,
                    [.. g.Select(place)]
                ));
}
