namespace LinearScaling.Cli.Reports.Figures;

/// <summary>What a figure is drawn on. Lengths are in units of a screen's pixel, y grows downwards.</summary>
internal interface ICanvas
{
    void Path(IReadOnlyList<(double X, double Y)> points, Pen pen);

    /// <summary>Fills a closed outline.</summary>
    void Fill(IReadOnlyList<(double X, double Y)> outline, string color, double opacity);

    void Circle(double x, double y, double radius, string fill, Pen? edge);

    /// <param name="y">Of the baseline.</param>
    /// <param name="upwards">Turned to the left about its place.</param>
    void Text(double x, double y, Anchor anchor, double size, string text, bool bold = false, bool upwards = false);

    /// <summary>Nothing is drawn outside this box until <see cref="Unclip"/>.</summary>
    void Clip(Box box);

    void Unclip();
}

internal enum Anchor
{
    Start,
    Middle,
    End,
}

/// <param name="Color">As #rrggbb.</param>
internal sealed record Pen(string Color, double Width = 1, bool Dashed = false, double Opacity = 1);

internal readonly record struct Box(double Left, double Top, double Width, double Height)
{
    public double Right => Left + Width;

    public double Bottom => Top + Height;

    public IReadOnlyList<(double X, double Y)> Corners =>
        [(Left, Top), (Right, Top), (Right, Bottom), (Left, Bottom), (Left, Top)];
}
