namespace LinearScaling.Cli.Reports;

/// <summary>A plot as data: drawn as SVG by <see cref="SvgFigure"/> and as PNG by <see cref="PngFigure"/>,
/// alike.</summary>
/// <param name="Name">File name without extension.</param>
internal sealed record Figure(string Name, string Title, Axis X, Axis Y, IReadOnlyList<Series> Series);

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
);

/// <summary>The colours of a report's families, in order: Okabe and Ito's, told apart by colour-blind
/// readers.</summary>
internal static class Palette
{
    public const string Ink = "#222222";

    private static readonly string[] Colors =
    [
        "#0072b2",
        "#d55e00",
        "#009e73",
        "#cc79a7",
        "#56b4e9",
        "#e69f00",
        "#8c564b",
        "#7f7f7f",
    ];

    public static string Color(int index) => Colors[index % Colors.Length];
}
