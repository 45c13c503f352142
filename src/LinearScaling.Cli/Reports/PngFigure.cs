using ScottPlot;
using SkiaSharp;

namespace LinearScaling.Cli.Reports;

/// <summary>A figure as PNG, drawn by ScottPlot at twice the size it is meant to be read at.</summary>
internal static class PngFigure
{
    private static readonly string[] preferred = ["Helvetica", "Arial", "Liberation Sans", "DejaVu Sans", "Noto Sans"];

    /// <summary>What to tell the user where no font is installed, else null.</summary>
    public static string? MissingFonts() => SKFontManager.Default.FontFamilyCount > 0
        ? null
        : "no font is installed, so PNG plots would have no text and are left out (the SVG plots and the report are whole); install one, for example: apt-get install fonts-dejavu-core";

    public static void Save(Figure figure, string path)
    {
        using var plot = new Plot();
        var x = AxisTicks.Of(figure.X, figure.Series.SelectMany(s => s.Points).Select(p => p.X));
        var y = AxisTicks.Of(figure.Y, figure.Series.SelectMany(s => s.Points).Select(p => p.Y));
        var named = new HashSet<string>();
        foreach (var series in figure.Series)
        {
            var points = series.Points
                .Where(p => double.IsFinite(p.X) && double.IsFinite(p.Y) && (!figure.X.Log || p.X > 0) && (!figure.Y.Log || p.Y > 0))
                .Select(p => new Coordinates(figure.X.Log ? Math.Log10(p.X) : p.X, figure.Y.Log ? Math.Log10(p.Y) : p.Y))
                .ToArray();
            if (points.Length == 0)
                continue;
            var scatter = plot.Add.Scatter(points);
            var color = Color.FromHex(series.Color);
            scatter.LineWidth = series.Stroke switch { Stroke.None => 0, Stroke.Thin => 1, _ => 2.2f };
            scatter.LinePattern = series.Stroke == Stroke.Dashed ? LinePattern.Dashed : LinePattern.Solid;
            scatter.LineColor = series.Stroke == Stroke.Thin ? color.WithOpacity(0.65) : color;
            scatter.MarkerShape = series.Mark switch { Mark.None => MarkerShape.None, Mark.Dot => MarkerShape.FilledCircle, _ => MarkerShape.OpenCircle };
            scatter.MarkerSize = series.Mark == Mark.Ring ? 9 : 6;
            scatter.MarkerFillColor = color;
            scatter.MarkerLineColor = color;
            scatter.MarkerLineWidth = 1.8f;
            if (series.Label is { } label && named.Add(label))
                scatter.LegendText = label;
        }
        plot.Title(figure.Title, 16);
        plot.Axes.Title.Label.Alignment = Alignment.LowerCenter;
        Style(plot.Axes.Bottom, figure.X.Label, x);
        Style(plot.Axes.Left, figure.Y.Label, y);
        plot.Axes.SetLimits(x.Low, x.High, y.Low, y.High);
        if (named.Count > 0)
        {
            plot.ShowLegend(Edge.Right);
            plot.Legend.OutlineWidth = 0;
            plot.Legend.ShadowColor = Colors.Transparent;
        }
        plot.Font.Set(Family());
        plot.ScaleFactor = 2;
        plot.SavePng(path, 1760, 960);
    }

    private static void Style(IAxis axis, string label, AxisTicks ticks)
    {
        axis.Label.Text = label;
        axis.Label.Bold = false;
        axis.Label.FontSize = 14;
        axis.TickLabelStyle.FontSize = 13;
        axis.TickGenerator = new ScottPlot.TickGenerators.NumericManual([
            .. ticks.Major.Select(t => new Tick(t.At, t.Label, isMajor: true)),
            .. ticks.Minor.Select(at => new Tick(at, "", isMajor: false)),
        ]);
    }

    /// <summary>The first installed of a few plain families, else whatever there is.</summary>
    private static string Family()
    {
        var installed = SKFontManager.Default.FontFamilies.ToHashSet(StringComparer.OrdinalIgnoreCase);
        return preferred.FirstOrDefault(installed.Contains) ?? installed.Order(StringComparer.Ordinal).First();
    }
}
