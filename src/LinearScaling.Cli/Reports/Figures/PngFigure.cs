using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;
using LinearScaling.Files;
using SkiaSharp;

namespace LinearScaling.Cli.Reports.Figures;

/// <summary>A figure as PNG: 180 mm wide, with 300 pixels an inch.</summary>
internal sealed class PngFigure : ICanvas, IDisposable
{
    /// <summary>Pixels an inch.</summary>
    public const int Dpi = 300;

    private const double Inches = 180 / 25.4;

    private static readonly string[] Preferred = ["DejaVu Sans", "Noto Sans", "Liberation Sans", "Arial", "Helvetica"];

    private readonly SKCanvas canvas;
    private readonly bool raised;
    private readonly SKTypeface plain;
    private readonly SKTypeface bold;

    private PngFigure(SKCanvas canvas, (string Name, bool Raised) font)
    {
        (this.canvas, raised) = (canvas, font.Raised);
        plain = SKTypeface.FromFamilyName(font.Name);
        bold = SKTypeface.FromFamilyName(font.Name, SKFontStyle.Bold);
    }

    /// <summary>What to tell the user where no font is installed, else null.</summary>
    public static string? MissingFonts() =>
        Family() is not null
            ? null
            : "no font is installed, so PNG plots would have no text and are left out (the SVG plots and the report "
                + "are whole); install one, for example: apt-get install fonts-dejavu-core";

    public static void Save(Figure figure, string path)
    {
        var font = Family() ?? throw new InvalidOperationException("no font: ask MissingFonts first");
        var drawing = new FigureDrawing(figure, small: false);
        var scale = Inches * Dpi / drawing.Size.Width;
        var info = new SKImageInfo(
            (int)Math.Round(scale * drawing.Size.Width),
            (int)Math.Round(scale * drawing.Size.Height),
            SKColorType.Rgba8888,
            SKAlphaType.Premul
        );
        using var surface = SKSurface.Create(info);
        surface.Canvas.Clear(SKColors.White);
        surface.Canvas.Scale((float)scale);
        using (var figures = new PngFigure(surface.Canvas, font))
            drawing.Draw(figures);
        using var pixels = surface.PeekPixels();
        // Lines on one colour are smaller unfiltered, and trying every filter on every row takes long.
        using var png =
            pixels.Encode(new SKPngEncoderOptions(SKPngEncoderFilterFlags.None, zLibLevel: 6))
            ?? throw new InvalidOperationException($"{path}: Skia made no PNG of this plot");
        DurableFile.WriteAllBytes(path, WithDensity(png.AsSpan()));
    }

    public void Path(IReadOnlyList<(double X, double Y)> points, Pen pen)
    {
        using var path = Outline(points);
        using var paint = Stroke(pen);
        canvas.DrawPath(path, paint);
    }

    public void Fill(IReadOnlyList<(double X, double Y)> outline, string color, double opacity)
    {
        using var path = Outline(outline);
        using var paint = new SKPaint { IsAntialias = true, Color = Faded(color, opacity) };
        canvas.DrawPath(path, paint);
    }

    public void Circle(double x, double y, double radius, string fill, Pen? edge)
    {
        using (var paint = new SKPaint { IsAntialias = true, Color = SKColor.Parse(fill) })
            canvas.DrawCircle((float)x, (float)y, (float)radius, paint);
        if (edge is null)
            return;
        using var line = Stroke(edge);
        canvas.DrawCircle((float)x, (float)y, (float)radius, line);
    }

    public void Text(double x, double y, Anchor anchor, double size, string text, bool bold, bool upwards)
    {
        using var font = new SKFont(bold ? this.bold : plain, (float)size);
        using var paint = new SKPaint { IsAntialias = true, Color = SKColor.Parse(Palette.Ink) };
        var align = anchor switch
        {
            Anchor.Start => SKTextAlign.Left,
            Anchor.Middle => SKTextAlign.Center,
            _ => SKTextAlign.Right,
        };
        canvas.Save();
        if (upwards)
            canvas.RotateDegrees(-90, (float)x, (float)y);
        canvas.DrawText(raised ? text : RaisedDigits.Flat(text), (float)x, (float)y, align, font, paint);
        canvas.Restore();
    }

    public void Clip(Box box)
    {
        canvas.Save();
        canvas.ClipRect(
            new((float)box.Left, (float)box.Top, (float)box.Right, (float)box.Bottom),
            SKClipOperation.Intersect,
            antialias: true
        );
    }

    public void Unclip() => canvas.Restore();

    public void Dispose()
    {
        plain.Dispose();
        bold.Dispose();
    }

    private static SKPath Outline(IReadOnlyList<(double X, double Y)> points)
    {
        var path = new SKPath();
        path.MoveTo((float)points[0].X, (float)points[0].Y);
        foreach (var (x, y) in points.Skip(1))
            path.LineTo((float)x, (float)y);
        return path;
    }

    private static SKPaint Stroke(Pen pen) =>
        new()
        {
            IsAntialias = true,
            IsStroke = true,
            StrokeWidth = (float)pen.Width,
            StrokeJoin = SKStrokeJoin.Round,
            Color = Faded(pen.Color, pen.Opacity),
            PathEffect = pen.Dashed ? SKPathEffect.CreateDash([7, 5], 0) : null,
        };

    private static SKColor Faded(string color, double opacity) =>
        SKColor.Parse(color).WithAlpha((byte)Math.Round(255 * opacity));

    /// <summary>With the chunk pHYs behind the header, which says how large the picture is in print.</summary>
    private static byte[] WithDensity(ReadOnlySpan<byte> png)
    {
        const int header = 8 + 25; // signature and IHDR
        var chunk = new byte[21];
        BinaryPrimitives.WriteInt32BigEndian(chunk, 9);
        Encoding.ASCII.GetBytes("pHYs", chunk.AsSpan(4));
        var perMeter = (int)Math.Round(Dpi / 0.0254);
        BinaryPrimitives.WriteInt32BigEndian(chunk.AsSpan(8), perMeter);
        BinaryPrimitives.WriteInt32BigEndian(chunk.AsSpan(12), perMeter);
        chunk[16] = 1; // the unit is the metre
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(17), Crc32.HashToUInt32(chunk.AsSpan(4, 13)));
        return [.. png[..header], .. chunk, .. png[header..]];
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
}
