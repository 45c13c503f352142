using System.Globalization;
using System.Net;
using System.Text;

namespace LinearScaling.Cli.Reports;

/// <summary>A figure as SVG, with generic font families: making it needs no font, and it is sharp at any
/// size.</summary>
internal static class SvgFigure
{
    private const double Width = 880,
        Height = 480,
        Left = 86,
        Top = 40,
        Bottom = 62,
        LegendGap = 18,
        LegendLine = 19,
        LetterWidth = 6.4;

    public static string Render(Figure figure)
    {
        var x = AxisTicks.Choose(figure.X, figure.Series.SelectMany(s => s.Points).Select(p => p.X));
        var y = AxisTicks.Choose(figure.Y, figure.Series.SelectMany(s => s.Points).Select(p => p.Y));
        var legend = figure.Series.Where(s => s.Label is not null).DistinctBy(s => s.Label).ToList();
        var right =
            legend.Count == 0 ? 20 : Math.Min(330, LegendGap + 44 + LetterWidth * legend.Max(s => s.Label!.Length));
        var (plotRight, plotBottom) = (Width - right, Height - Bottom);
        double X(double u) => Left + (u - x.Low) / (x.High - x.Low) * (plotRight - Left);
        double Y(double u) => plotBottom - (u - y.Low) / (y.High - y.Low) * (plotBottom - Top);

        var svg = new StringBuilder();
        void Add(string line) => svg.Append(line).Append('\n');
        void Text(double atX, double atY, string anchor, int size, string text, string more = "") =>
            Add(
                $"<text x=\"{atX:F1}\" y=\"{atY:F1}\" text-anchor=\"{anchor}\" "
                    + $"font-size=\"{size}\"{more}>{WebUtility.HtmlEncode(text)}</text>"
            );

        Add(
            $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" width=\"{Width}\" "
                + $"height=\"{Height}\" role=\"img\" aria-label=\"{WebUtility.HtmlEncode(figure.Title)}\" "
                + $"font-family=\"Helvetica, Arial, 'DejaVu Sans', sans-serif\" fill=\"{Palette.Ink}\">"
        );
        Add($"<rect width=\"{Width}\" height=\"{Height}\" fill=\"#ffffff\"/>");
        Text(Left, 24, "start", 16, figure.Title, " font-weight=\"bold\"");
        foreach (var u in x.Minor)
            Add(
                $"<line x1=\"{X(u):F1}\" x2=\"{X(u):F1}\" y1=\"{plotBottom:F1}\" y2=\"{plotBottom + 3:F1}\" "
                    + $"stroke=\"#888888\"/>"
            );
        foreach (var u in y.Minor)
            Add($"<line x1=\"{Left - 3:F1}\" x2=\"{Left:F1}\" y1=\"{Y(u):F1}\" y2=\"{Y(u):F1}\" stroke=\"#888888\"/>");
        foreach (var (u, label) in x.Major)
        {
            Add(
                $"<line x1=\"{X(u):F1}\" x2=\"{X(u):F1}\" y1=\"{Top}\" y2=\"{plotBottom + 6:F1}\" stroke=\"#dddddd\"/>"
            );
            Text(X(u), plotBottom + 22, "middle", 13, label);
        }
        foreach (var (u, label) in y.Major)
        {
            Add(
                $"<line x1=\"{Left - 6:F1}\" x2=\"{plotRight:F1}\" y1=\"{Y(u):F1}\" y2=\"{Y(u):F1}\" "
                    + $"stroke=\"#dddddd\"/>"
            );
            Text(Left - 9, Y(u) + 4.5, "end", 13, label);
        }
        Add(
            $"<rect x=\"{Left}\" y=\"{Top}\" width=\"{plotRight - Left:F1}\" height=\"{plotBottom - Top:F1}\" "
                + $"fill=\"none\" stroke=\"#666666\"/>"
        );
        Text((Left + plotRight) / 2, Height - 16, "middle", 14, figure.X.Label);
        Text(
            22,
            (Top + plotBottom) / 2,
            "middle",
            14,
            figure.Y.Label,
            string.Create(CultureInfo.InvariantCulture, $" transform=\"rotate(-90 22 {(Top + plotBottom) / 2:F1})\"")
        );

        foreach (var series in figure.Series)
        {
            var points = series
                .Points.Where(p =>
                    double.IsFinite(p.X)
                    && double.IsFinite(p.Y)
                    && (!figure.X.Log || p.X > 0)
                    && (!figure.Y.Log || p.Y > 0)
                )
                .Select(p => (X: X(figure.X.Log ? Math.Log10(p.X) : p.X), Y: Y(figure.Y.Log ? Math.Log10(p.Y) : p.Y)))
                .ToList();
            if (series.Stroke != Stroke.None && points.Count > 1)
            {
                var corners = string.Join(' ', points.Select(p => $"{p.X:F1},{p.Y:F1}"));
                Add($"<polyline points=\"{corners}\" {Line(series)}/>");
            }
            if (series.Mark != Mark.None)
                foreach (var p in points)
                    Add($"<circle cx=\"{p.X:F1}\" cy=\"{p.Y:F1}\" {Dot(series)}/>");
        }

        for (var i = 0; i < legend.Count; i++)
        {
            var (atX, atY) = (plotRight + LegendGap, Top + 12 + i * LegendLine);
            if (legend[i].Stroke != Stroke.None)
                Add($"<line x1=\"{atX:F1}\" x2=\"{atX + 26:F1}\" y1=\"{atY:F1}\" y2=\"{atY:F1}\" {Line(legend[i])}/>");
            if (legend[i].Mark != Mark.None)
                Add($"<circle cx=\"{atX + 13:F1}\" cy=\"{atY:F1}\" {Dot(legend[i])}/>");
            Text(atX + 33, atY + 4.5, "start", 12, legend[i].Label!);
        }
        return svg.Append("</svg>\n").ToString();
    }

    private static string Line(Series s) =>
        $"fill=\"none\" stroke=\"{s.Color}\" stroke-width=\"{(s.Stroke == Stroke.Thin ? "1" : "2.2")}\""
        + (
            s.Stroke == Stroke.Dashed ? " stroke-dasharray=\"7 5\""
            : s.Stroke == Stroke.Thin ? " stroke-opacity=\"0.65\""
            : ""
        );

    private static string Dot(Series s) =>
        s.Mark == Mark.Dot
            ? $"r=\"3\" fill=\"{s.Color}\""
            : $"r=\"4.5\" fill=\"#ffffff\" stroke=\"{s.Color}\" stroke-width=\"1.8\"";
}
