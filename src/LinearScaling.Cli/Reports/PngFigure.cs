using LinearScaling.Files;
using ScottPlot;
using SkiaSharp;

namespace LinearScaling.Cli.Reports;

/// <summary>A figure as PNG, drawn by ScottPlot at twice the size it is meant to be read at.</summary>
internal static class PngFigure
{
    private const int Width = 1760,
        Height = 960;

    private static readonly string[] Preferred = ["DejaVu Sans", "Noto Sans", "Liberation Sans", "Arial", "Helvetica"];

    /// <summary>What to tell the user where no font is installed, else null.</summary>
    public static string? MissingFonts() =>
        Family() is not null
            ? null
            : "no font is installed, so PNG plots would have no text and are left out (the SVG plots and the report "
                + "are whole); install one, for example: apt-get install fonts-dejavu-core";

    public static void Save(Figure figure, string path)
    {
        using var plot = new Plot();
        var font = Family() ?? throw new InvalidOperationException("no font: ask MissingFonts first");
        var x = AxisTicks.Choose(figure.X, figure.Series.SelectMany(s => s.Points).Select(p => p.X));
        var y = AxisTicks.Choose(figure.Y, figure.Series.SelectMany(s => s.Points).Select(p => p.Y));
        var named = new HashSet<string>();
        foreach (var series in figure.Series)
        {
            var points = series
                .Points.Where(p =>
                    double.IsFinite(p.X)
                    && double.IsFinite(p.Y)
                    && (!figure.X.Log || p.X > 0)
                    && (!figure.Y.Log || p.Y > 0)
                )
                .Select(p => new Coordinates(
                    figure.X.Log ? Math.Log10(p.X) : p.X,
                    figure.Y.Log ? Math.Log10(p.Y) : p.Y
                ))
                .ToArray();
            if (points.Length == 0)
                continue;
            var scatter = plot.Add.Scatter(points);
            var color = Color.FromHex(series.Color);
            scatter.LineWidth = series.Stroke switch
            {
                Stroke.None => 0,
                Stroke.Thin => 1,
                _ => 2.2f,
            };
            scatter.LinePattern = series.Stroke == Stroke.Dashed ? LinePattern.Dashed : LinePattern.Solid;
            scatter.LineColor = series.Stroke == Stroke.Thin ? color.WithOpacity(0.65) : color;
            scatter.MarkerShape = series.Mark switch
            {
                Mark.None => MarkerShape.None,
                Mark.Dot => MarkerShape.FilledCircle,
                _ => MarkerShape.OpenCircle,
            };
            scatter.MarkerSize = series.Mark == Mark.Ring ? 9 : 6;
            scatter.MarkerFillColor = color;
            scatter.MarkerLineColor = color;
            scatter.MarkerLineWidth = 1.8f;
            if (series.Label is { } label && named.Add(label))
                scatter.LegendText = label;
        }
        plot.Title(figure.Title, 16);
        plot.Axes.Title.Label.Alignment = Alignment.LowerCenter;
        Style(plot.Axes.Bottom, figure.X.Label, x, font.Raised);
        Style(plot.Axes.Left, figure.Y.Label, y, font.Raised);
        plot.Axes.SetLimits(x.Low, x.High, y.Low, y.High);
        if (named.Count > 0)
        {
            plot.ShowLegend(Edge.Right);
            plot.Legend.OutlineWidth = 0;
            plot.Legend.ShadowColor = Colors.Transparent;
        }
        plot.Font.Set(font.Name);
        plot.ScaleFactor = 2;
        Save(plot, path);
    }

    /// <remarks>Lines on one colour are smaller unfiltered, and trying every filter on every row, as ScottPlot does,
    /// takes long.</remarks>
    private static void Save(Plot plot, string path)
    {
        using var surface = SKSurface.Create(new SKImageInfo(Width, Height, SKColorType.Rgba8888, SKAlphaType.Premul));
        plot.Render(surface.Canvas, Width, Height);
        using var pixels = surface.PeekPixels();
        using var png =
            pixels.Encode(new SKPngEncoderOptions(SKPngEncoderFilterFlags.None, zLibLevel: 6))
            ?? throw new InvalidOperationException($"{path}: Skia made no PNG of this plot");
        DurableFile.WriteAllBytes(path, png.AsSpan());
    }

    private static void Style(IAxis axis, string label, AxisTicks ticks, bool raised)
    {
        axis.Label.Text = label;
        axis.Label.Bold = false;
        axis.Label.FontSize = 14;
        axis.TickLabelStyle.FontSize = 13;
        axis.TickGenerator = new ScottPlot.TickGenerators.NumericManual([
            .. ticks.Major.Select(t => new Tick(t.At, raised ? t.Label : Flat(t.Label), isMajor: true)),
            .. ticks.Minor.Select(at => new Tick(at, "", isMajor: false)),
        ]);
    }

    /// <summary>Of the installed families one that has raised digits, the plain ones first; else one that has letters;
    /// null where none has.</summary>
    /// <remarks>Without fonts Skia still lists a family, one without glyphs.</remarks>
    private static (string Name, bool Raised)? Family()
    {
        string? plain = null;
        var installed = SKFontManager.Default.FontFamilies.Order(StringComparer.Ordinal).ToList();
        foreach (
            var name in Preferred.Where(p => installed.Contains(p, StringComparer.OrdinalIgnoreCase)).Concat(installed)
        )
        {
            using var typeface = SKTypeface.FromFamilyName(name);
            if (!typeface.ContainsGlyph('e'))
                continue;
            if (typeface.ContainsGlyph('⁵'))
                return (name, true);
            plain ??= name;
        }
        return plain is null ? null : (plain, false);
    }

    /// <summary>10⁵ as 10^5, for fonts that lack the raised digits.</summary>
    private static string Flat(string label)
    {
        const string raised = "⁰¹²³⁴⁵⁶⁷⁸⁹";
        var at = label.AsSpan().IndexOfAny(raised + "⁻");
        return at < 0
            ? label
            : label[..at]
                + "^"
                + string.Concat(
                    label[at..].Select(c => c == '⁻' ? '-' : (char)('0' + raised.IndexOf(c, StringComparison.Ordinal)))
                );
    }
}
