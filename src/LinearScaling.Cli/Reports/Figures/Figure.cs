namespace LinearScaling.Cli.Reports.Figures;

/// <summary>A plot as data: drawn as SVG by <see cref="SvgFigure"/> and as PNG by <see cref="PngFigure"/>,
/// alike.</summary>
/// <param name="Name">File name without extension, with the folder of a group where it is one group's.</param>
/// <param name="Panels">One, or several in a grid.</param>
/// <param name="Shared">Whether all panels have the same axes, so that only the outer ones are labelled.</param>
internal sealed record Figure(string Name, string Title, IReadOnlyList<Panel> Panels, bool Shared = true)
{
    public Figure(string name, string title, Axis x, Axis y, IReadOnlyList<Series> series)
        : this(name, title, [new Panel("", x, y, series)]) { }

    /// <summary>What the sequential colours of its series mean; null where there are none.</summary>
    public ColorBar? Bar { get; init; }

    public IEnumerable<Series> Series => Panels.SelectMany(p => p.Series);
}

/// <summary>One pair of axes of a figure.</summary>
/// <param name="Title">Above it; empty where the figure's is enough.</param>
internal sealed record Panel(string Title, Axis X, Axis Y, IReadOnlyList<Series> Series);

internal sealed record Axis(string Label, bool Log = true);

internal enum Stroke
{
    None,
    Thin,
    Solid,
    Dashed,
}

internal enum Mark
{
    None,
    Dot,
    Ring,
}

/// <summary>Points drawn alike; those with the same label share one entry of the legend, those without one have
/// none.</summary>
/// <param name="Color">As #rrggbb.</param>
internal sealed record Series(
    string? Label,
    string Color,
    Stroke Stroke,
    Mark Mark,
    IReadOnlyList<(double X, double Y)> Points
)
{
    /// <summary>The ends of an interval along the line, filled; empty where none is known.</summary>
    public IReadOnlyList<(double X, double Low, double High)> Band { get; init; } = [];

    /// <summary>What a legend says in place of the label where only one group is drawn, as its formula.</summary>
    public string? Detail { get; init; }
}

/// <summary>The scale of an ordered quantity that colours stand for.</summary>
internal sealed record ColorBar(string Label, double From, double To, bool Log = true)
{
    /// <summary>The colour of a value.</summary>
    public string Color(double value) =>
        !(To > From) ? Palette.Sequential(0.5)
        : Log ? Palette.Sequential(Math.Log(value / From) / Math.Log(To / From))
        : Palette.Sequential((value - From) / (To - From));
}
