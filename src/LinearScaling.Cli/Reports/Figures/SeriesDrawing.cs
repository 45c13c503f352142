namespace LinearScaling.Cli.Reports.Figures;

/// <summary>One series within its axes.</summary>
/// <param name="x">From log10 of a value, or the value, to its place.</param>
internal sealed class SeriesDrawing(Series series, Panel panel, Func<double, double> x, Func<double, double> y)
{
    public void Band(ICanvas canvas)
    {
        var points = series.Band.Where(b => Shown(b.X, b.High) && !double.IsNaN(b.Low)).ToList();
        if (points.Count > 1)
            canvas.Fill(
                [
                    .. points.Select(b => Place(b.X, b.High)),
                    // What has no logarithm lies below all that is seen.
                    .. points.AsEnumerable().Reverse().Select(b => Place(b.X, Shown(b.X, b.Low) ? b.Low : Least)),
                ],
                series.Color,
                FigureDrawing.BandOpacity
            );
    }

    public void Lines(ICanvas canvas)
    {
        var points = series.Points.Where(p => Shown(p.X, p.Y)).Select(p => Place(p.X, p.Y)).ToList();
        if (series.Stroke != Stroke.None && points.Count > 1)
            canvas.Path(points, FigureDrawing.Line(series.Stroke, series.Color));
        if (series.Mark != Mark.None)
            foreach (var p in points)
                FigureDrawing.Dot(canvas, p.X, p.Y, series.Mark, series.Color);
    }

    private double Least => panel.Y.Log ? 1e-300 : -1e300;

    private bool Shown(double atX, double atY) =>
        double.IsFinite(atX) && double.IsFinite(atY) && (!panel.X.Log || atX > 0) && (!panel.Y.Log || atY > 0);

    private (double X, double Y) Place(double atX, double atY) =>
        (
            Math.Clamp(x(panel.X.Log ? Math.Log10(atX) : atX), -1e4, 1e4),
            Math.Clamp(y(panel.Y.Log ? Math.Log10(atY) : atY), -1e4, 1e4)
        );
}
