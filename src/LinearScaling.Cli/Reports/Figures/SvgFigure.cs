using System.Globalization;
using System.Net;
using System.Text;

namespace LinearScaling.Cli.Reports.Figures;

/// <summary>A figure as SVG, with generic font families: making it needs no font, and it is sharp at any
/// size.</summary>
internal sealed class SvgFigure : ICanvas
{
    private readonly StringBuilder svg = new();
    private readonly string name;
    private int clips;

    private SvgFigure(string name) => this.name = name;

    /// <param name="small">As it stands in a column of two.</param>
    public static string Render(Figure figure, bool small = false)
    {
        var drawing = new FigureDrawing(figure, small);
        // Of several figures on a page, ids must differ.
        var canvas = new SvgFigure(string.Concat(figure.Name.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-')));
        var (width, height) = drawing.Size;
        canvas.Add(
            $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" "
                + $"height=\"{height}\" role=\"img\" aria-label=\"{WebUtility.HtmlEncode(figure.Title)}\" "
                + $"font-family=\"Helvetica, Arial, 'DejaVu Sans', sans-serif\" fill=\"{Palette.Ink}\">"
        );
        canvas.Add($"<rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>");
        drawing.Draw(canvas);
        return canvas.svg.Append("</svg>\n").ToString();
    }

    public void Path(IReadOnlyList<(double X, double Y)> points, Pen pen) =>
        Add($"<polyline points=\"{Corners(points)}\" fill=\"none\" {Edge(pen)}/>");

    public void Fill(IReadOnlyList<(double X, double Y)> outline, string color, double opacity) =>
        Add($"<polygon points=\"{Corners(outline)}\" fill=\"{color}\" fill-opacity=\"{Short(opacity)}\"/>");

    public void Circle(double x, double y, double radius, string fill, Pen? edge) =>
        Add(
            $"<circle cx=\"{x:F1}\" cy=\"{y:F1}\" r=\"{Short(radius)}\" fill=\"{fill}\""
                + (edge is null ? "/>" : $" {Edge(edge)}/>")
        );

    public void Text(double x, double y, Anchor anchor, double size, string text, bool bold, bool upwards) =>
        Add(
            $"<text x=\"{x:F1}\" y=\"{y:F1}\" text-anchor=\"{Named(anchor)}\" font-size=\"{Short(size)}\""
                + (bold ? " font-weight=\"bold\"" : "")
                + (
                    upwards
                        ? string.Create(CultureInfo.InvariantCulture, $" transform=\"rotate(-90 {x:F1} {y:F1})\"")
                        : ""
                )
                + $">{WebUtility.HtmlEncode(text)}</text>"
        );

    public void Clip(Box box)
    {
        var id = $"{name}-{++clips}";
        Add(
            $"<clipPath id=\"{id}\"><rect x=\"{box.Left:F1}\" y=\"{box.Top:F1}\" width=\"{box.Width:F1}\" "
                + $"height=\"{box.Height:F1}\"/></clipPath>"
        );
        Add($"<g clip-path=\"url(#{id})\">");
    }

    public void Unclip() => Add("</g>");

    private void Add(string line) => svg.Append(line).Append('\n');

    private static string Corners(IReadOnlyList<(double X, double Y)> points) =>
        string.Join(' ', points.Select(p => string.Create(CultureInfo.InvariantCulture, $"{p.X:F1},{p.Y:F1}")));

    private static string Edge(Pen pen) =>
        $"stroke=\"{pen.Color}\" stroke-width=\"{Short(pen.Width)}\""
        + (pen.Dashed ? " stroke-dasharray=\"7 5\"" : "")
        + (pen.Opacity < 1 ? $" stroke-opacity=\"{Short(pen.Opacity)}\"" : "");

    private static string Named(Anchor anchor) =>
        anchor switch
        {
            Anchor.Start => "start",
            Anchor.Middle => "middle",
            _ => "end",
        };

    private static string Short(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);
}
