using System.Globalization;
using System.Net;
using System.Text;
using LinearScaling.Evaluation;
using LinearScaling.Files;
using SkiaSharp;

namespace LinearScaling.Cli.Reports.Figures;

/// <summary>A needle-in-a-haystack grid as a picture: context length to the right, depth downwards, score as
/// colour.</summary>
internal static class HeatMap
{
    private const int Left = 74,
        Top = 44,
        Cell = 18,
        Bottom = 62,
        Right = 96;

    public static string Svg(NeedleGrid grid, string title)
    {
        var (width, height) = Size(grid);
        var svg = new StringBuilder();
        void Add(string line) => svg.Append(line).Append('\n');
        Add(
            $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" "
                + $"height=\"{height}\" role=\"img\" aria-label=\"{WebUtility.HtmlEncode(title)}\" "
                + $"font-family=\"Helvetica, Arial, 'DejaVu Sans', sans-serif\" fill=\"{Palette.Ink}\">"
        );
        Add($"<rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>");
        foreach (var (x, y, w, h, color) in Boxes(grid))
            Add($"<rect x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\" fill=\"{color}\"/>");
        foreach (var (x, y, text, anchor, size) in Texts(grid, title))
        {
            var side = anchor switch
            {
                SKTextAlign.Left => "start",
                SKTextAlign.Right => "end",
                _ => "middle",
            };
            Add(
                $"<text x=\"{x}\" y=\"{y}\" text-anchor=\"{side}\" font-size=\"{size}\">"
                    + $"{WebUtility.HtmlEncode(text)}</text>"
            );
        }
        return svg.Append("</svg>\n").ToString();
    }

    /// <summary>The same picture at twice the size.</summary>
    public static void SavePng(NeedleGrid grid, string title, string path)
    {
        var (width, height) = Size(grid);
        using var bitmap = new SKBitmap(2 * width, 2 * height);
        using var canvas = new SKCanvas(bitmap);
        canvas.Clear(SKColors.White);
        canvas.Scale(2);
        foreach (var (x, y, w, h, color) in Boxes(grid))
        {
            using var fill = new SKPaint { Color = SKColor.Parse(color) };
            canvas.DrawRect(x, y, w, h, fill);
        }
        using var ink = new SKPaint { Color = SKColor.Parse(Palette.Ink), IsAntialias = true };
        foreach (var (x, y, text, anchor, size) in Texts(grid, title))
        {
            using var font = new SKFont(SKTypeface.Default, size);
            canvas.DrawText(text, x, y, anchor, font, ink);
        }
        using var file = new PendingFile(path);
        bitmap.Encode(file.Stream, SKEncodedImageFormat.Png, 100);
        file.Commit();
    }

    private static (int Width, int Height) Size(NeedleGrid grid) =>
        (Left + Math.Max(18, grid.Lengths.Count) * Cell + Right, Top + grid.Depths.Count * Cell + Bottom);

    /// <summary>The cells, and a scale to their right.</summary>
    private static IEnumerable<(int X, int Y, int Width, int Height, string Color)> Boxes(NeedleGrid grid)
    {
        for (var l = 0; l < grid.Lengths.Count; l++)
        for (var d = 0; d < grid.Depths.Count; d++)
            yield return (Left + l * Cell, Top + d * Cell, Cell, Cell, Color(grid[l, d]));
        var height = grid.Depths.Count * Cell;
        for (var i = 0; i < 20; i++)
            yield return (
                Left + grid.Lengths.Count * Cell + 24,
                Top + height * i / 20,
                16,
                height * (i + 1) / 20 - height * i / 20,
                Color((19 - i) / 19.0)
            );
    }

    private static IEnumerable<(int X, int Y, string Text, SKTextAlign Anchor, int Size)> Texts(
        NeedleGrid grid,
        string title
    )
    {
        var (right, bottom) = (Left + grid.Lengths.Count * Cell, Top + grid.Depths.Count * Cell);
        yield return (Left, 26, title, SKTextAlign.Left, 15);
        for (var l = 0; l < grid.Lengths.Count; l += Math.Max(1, grid.Lengths.Count / 8))
            yield return (
                Left + l * Cell + Cell / 2,
                bottom + 18,
                grid.Lengths[l].ToString(CultureInfo.InvariantCulture),
                SKTextAlign.Center,
                12
            );
        for (var d = 0; d < grid.Depths.Count; d += Math.Max(1, grid.Depths.Count / 8))
            yield return (
                Left - 8,
                Top + d * Cell + Cell - 4,
                grid.Depths[d].ToString(CultureInfo.InvariantCulture) + " %",
                SKTextAlign.Right,
                12
            );
        yield return (
            Left + grid.Lengths.Count * Cell / 2,
            bottom + 44,
            "context length, tokens",
            SKTextAlign.Center,
            13
        );
        yield return (Left - 8, Top - 6, "depth", SKTextAlign.Right, 12);
        yield return (right + 46, Top + 11, "1", SKTextAlign.Left, 12);
        yield return (right + 46, bottom, "0", SKTextAlign.Left, 12);
    }

    private static string Color(double score) => double.IsNaN(score) ? "#dddddd" : Palette.Scale(score);
}
