namespace LinearScaling.Cli.Reports.Figures;

/// <summary>What the lines and dots of a figure are, in columns below it: with a colour bar never more than a quarter
/// of the figure.</summary>
internal sealed class Legend
{
    /// <summary>The largest part of a figure that explains the rest.</summary>
    public const double MostShare = 0.25;

    public const double Line = 18;

    private const double Sample = 34,
        LetterWidth = 6.7,
        Size = 12;

    private readonly List<Entry> entries;
    private readonly int columns;
    private readonly int rows;
    private readonly double width;

    /// <param name="width">Of the figure.</param>
    /// <param name="most">The height that is left for it.</param>
    public Legend(Figure figure, double width, double most)
    {
        this.width = width;
        entries =
        [
            .. figure
                .Series.Where(s => s.Label is not null)
                .GroupBy(s => s.Label!)
                .Select(g => new Entry(g.Key, g.First().Color, g.Max(s => s.Stroke), g.Max(s => s.Mark), Box: false)),
        ];
        if (figure.Series.Any(s => s.Band.Count > 0))
            entries.Add(new("95 % interval", "#888888", Stroke.None, Mark.None, Box: true));
        if (entries.Count == 0)
            return;
        var wanted = Sample + LetterWidth * entries.Max(e => e.Text.Length) + 14;
        columns = Math.Clamp((int)(width / wanted), 1, entries.Count);
        rows = Math.Min((int)Math.Ceiling((double)entries.Count / columns), Math.Max(1, (int)(most / Line)));
        columns = Math.Min(columns, (int)Math.Ceiling((double)entries.Count / rows));
        if (rows * columns >= entries.Count)
            return;
        var more = entries.Count - (rows * columns - 1);
        entries.RemoveRange(rows * columns - 1, more);
        entries.Add(new($"and {more} more", Palette.Ink, Stroke.None, Mark.None, Box: false));
    }

    public double Height => rows * Line;

    public void Draw(ICanvas canvas, double left, double top)
    {
        for (var i = 0; i < entries.Count; i++)
        {
            var e = entries[i];
            var (x, y) = (left + i % columns * (width / columns), top + i / columns * Line + Line / 2);
            if (e.Box)
                canvas.Fill(new Box(x, y - 5, 26, 10).Corners, e.Color, FigureDrawing.BandOpacity * 1.6);
            if (e.Stroke != Stroke.None)
                canvas.Path([(x, y), (x + 26, y)], FigureDrawing.Line(e.Stroke, e.Color));
            if (e.Mark != Mark.None)
                FigureDrawing.Dot(canvas, x + 13, y, e.Mark, e.Color);
            canvas.Text(
                x + (e is { Box: false, Stroke: Stroke.None, Mark: Mark.None } ? 0 : Sample),
                y + 4.3,
                Anchor.Start,
                Size,
                Cut(e.Text, width / columns - Sample, Size)
            );
        }
    }

    /// <summary>A text as far as it fits.</summary>
    public static string Cut(string text, double width, double size)
    {
        var letters = (int)(width / (LetterWidth / 12 * size));
        return text.Length <= letters ? text : text[..Math.Max(1, letters - 1)] + "…";
    }

    private sealed record Entry(string Text, string Color, Stroke Stroke, Mark Mark, bool Box);
}
