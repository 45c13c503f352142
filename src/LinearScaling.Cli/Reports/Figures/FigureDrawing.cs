namespace LinearScaling.Cli.Reports.Figures;

/// <summary>Where everything of a figure stands, the same on every canvas.</summary>
internal sealed class FigureDrawing
{
    public const double BandOpacity = 0.18;

    private const double TitleSpace = 38,
        BarSpace = 92,
        Tick = 12,
        Digit = 6.8;

    private readonly Figure figure;
    private readonly Legend legend;
    private readonly int columns;
    private readonly int rows;

    /// <param name="small">For a column of two: less wide, with letters of the same size.</param>
    public FigureDrawing(Figure figure, bool small)
    {
        this.figure = figure;
        var count = figure.Panels.Count;
        columns =
            count == 1 ? 1
            : count <= 4 ? 2
            : count <= 9 || small ? 3
            : 4;
        rows = (count + columns - 1) / columns;
        var width = small ? 560.0 : 880;
        var height = rows == 1 ? (small ? 390.0 : 480) : 110 + rows * (small ? 165 : 205);
        legend = new(
            figure,
            width - 40,
            height * (Legend.MostShare - (figure.Bar is null ? 0 : BarSpace / width)) - Legend.Line / 2
        );
        Size = (width, height);
    }

    public (double Width, double Height) Size { get; }

    /// <summary>The part of the figure that its legend and colour bar take.</summary>
    public double LegendShare => legend.Height / Size.Height + (figure.Bar is null ? 0 : BarSpace / Size.Width);

    public void Draw(ICanvas canvas)
    {
        var inner = new Box(
            34,
            TitleSpace,
            Size.Width - 34 - (figure.Bar is null ? 16 : BarSpace),
            Size.Height - TitleSpace - (figure.Shared ? 26 : 4) - legend.Height - (legend.Height > 0 ? 6 : 0)
        );
        canvas.Text(34, 24, Anchor.Start, Fitting(figure.Title, Size.Width - 50, 16, 0.6), figure.Title, bold: true);
        var cells = Cells(inner);
        foreach (var (i, panel) in figure.Panels.Index())
            Draw(canvas, panel, cells[i], i);
        var first = figure.Panels[0];
        if (figure.Shared || figure.Panels.All(p => p.Y.Label == first.Y.Label))
            canvas.Text(
                20,
                inner.Top + (inner.Height - 20) / 2,
                Anchor.Middle,
                Fitting(first.Y.Label, inner.Height, 14, 0.55),
                first.Y.Label,
                upwards: true
            );
        if (figure.Shared)
            canvas.Text(
                (cells[0].Left + inner.Right) / 2,
                inner.Bottom + 16,
                Anchor.Middle,
                Fitting(first.X.Label, inner.Width, 14, 0.55),
                first.X.Label
            );
        if (figure.Bar is { } bar)
            Draw(canvas, bar, new(Size.Width - BarSpace + 22, cells[0].Top + 18, 14, Math.Min(220, inner.Height - 60)));
        legend.Draw(canvas, 34, Size.Height - legend.Height - 4);
    }

    /// <summary>Where the axes of each panel stand.</summary>
    private List<Box> Cells(Box inner)
    {
        var labels = Labels(inner.Height / rows).ToList();
        var titled = figure.Panels.Any(p => p.Title.Length > 0) ? 18 : 4;
        // Numbers and a label stand below the last row, or below each.
        var (below, each) = figure.Shared ? (20, 0) : (0, 36);
        // Without axes in common every panel has its numbers beside it.
        var lefts = Enumerable
            .Range(0, columns)
            .Select(c => figure.Shared && c > 0 ? 10 : 8 + Digit * labels.Where((_, i) => i % columns == c).Max())
            .ToList();
        var width = (inner.Width - lefts.Sum()) / columns;
        var height = (inner.Height - below) / rows - titled - each - (figure.Shared && rows > 1 ? 6 : 0);
        return
        [
            .. figure.Panels.Select(
                (_, i) =>
                    new Box(
                        inner.Left + lefts.Take(i % columns + 1).Sum() + i % columns * width,
                        inner.Top + i / columns * ((inner.Height - below) / rows) + titled,
                        width - (columns > 1 ? 6 : 0),
                        height
                    )
            ),
        ];
    }

    /// <summary>Letters of the longest number beside each panel.</summary>
    private IEnumerable<int> Labels(double height) =>
        figure.Panels.Select(p =>
            Ticks(p, vertical: true, height).Major.Select(t => t.Label.Length).DefaultIfEmpty(1).Max()
        );

    private AxisTicks Ticks(Panel panel, bool vertical, double length)
    {
        IReadOnlyList<Panel> seen = figure.Shared || (vertical && SameY) ? figure.Panels : [panel];
        var points = seen.SelectMany(p => p.Series).SelectMany(s => s.Points);
        return vertical
            ? AxisTicks.Choose(
                panel.Y,
                points.Select(p => p.Y),
                seen.SelectMany(p => p.Series).SelectMany(s => s.Band).SelectMany(b => new[] { b.Low, b.High }),
                Math.Clamp((int)(length / 42), 4, 8)
            )
            : AxisTicks.Choose(panel.X, points.Select(p => p.X), null, Math.Clamp((int)(length / 62), 4, 9));
    }

    private bool SameY => figure.Panels.All(p => p.Y == figure.Panels[0].Y);

    private void Draw(ICanvas canvas, Panel panel, Box box, int index)
    {
        var (x, y) = (Ticks(panel, false, box.Width), Ticks(panel, true, box.Height));
        double X(double u) => box.Left + (u - x.Low) / (x.High - x.Low) * box.Width;
        double Y(double u) => box.Bottom - (u - y.Low) / (y.High - y.Low) * box.Height;
        var small = figure.Panels.Count > 1 ? 11 : Tick;
        var (bottom, left) = (
            !figure.Shared || index + columns >= figure.Panels.Count,
            !figure.Shared || index % columns == 0
        );
        if (panel.Title.Length > 0)
            canvas.Text(
                box.Left + box.Width / 2,
                box.Top - 5,
                Anchor.Middle,
                12,
                Legend.Cut(panel.Title, box.Width + 4, 12)
            );
        foreach (var u in x.Minor)
            canvas.Path([(X(u), box.Bottom), (X(u), box.Bottom + 3)], new("#888888"));
        foreach (var u in y.Minor)
            canvas.Path([(box.Left - 3, Y(u)), (box.Left, Y(u))], new("#888888"));
        var taken = double.NegativeInfinity;
        foreach (var (u, label) in x.Major)
        {
            canvas.Path([(X(u), box.Top), (X(u), box.Bottom + 5)], new("#dddddd"));
            var half = Digit * small / Tick * label.Length / 2;
            if (!bottom || X(u) - half < taken)
                continue;
            canvas.Text(X(u), box.Bottom + 18, Anchor.Middle, small, label);
            taken = X(u) + half + 3;
        }
        foreach (var (u, label) in y.Major)
        {
            canvas.Path([(box.Left - 5, Y(u)), (box.Right, Y(u))], new("#dddddd"));
            if (left)
                canvas.Text(box.Left - 8, Y(u) + 4, Anchor.End, small, label);
        }
        canvas.Clip(box);
        var placed = panel.Series.Select(s => (Series: s, Draw: new SeriesDrawing(s, panel, X, Y))).ToList();
        placed.ForEach(s => s.Draw.Band(canvas));
        placed.ForEach(s => s.Draw.Lines(canvas));
        canvas.Unclip();
        canvas.Path(box.Corners, new("#666666"));
        if (!figure.Shared)
            canvas.Text(box.Left + box.Width / 2, box.Bottom + 33, Anchor.Middle, 12, panel.X.Label);
    }

    /// <summary>The scale of the sequential colours, from below to above.</summary>
    private static void Draw(ICanvas canvas, ColorBar bar, Box box)
    {
        const int steps = 40;
        for (var i = 0; i < steps; i++)
            canvas.Fill(
                new Box(
                    box.Left,
                    box.Bottom - (i + 1) * box.Height / steps,
                    box.Width,
                    box.Height / steps + 0.4
                ).Corners,
                Palette.Sequential((i + 0.5) / steps),
                1
            );
        var ticks = AxisTicks.Choose(new("", bar.Log), [bar.From, bar.To], null, 5);
        var (low, high) = bar.Log ? (Math.Log10(bar.From), Math.Log10(bar.To)) : (bar.From, bar.To);
        foreach (var (at, label) in ticks.Major.Where(t => t.At >= low - 1e-9 && t.At <= high + 1e-9))
            canvas.Text(
                box.Right + 5,
                box.Bottom - (at - low) / (high - low) * box.Height + 4,
                Anchor.Start,
                11,
                label
            );
        canvas.Text(box.Left, box.Top - 8, Anchor.Start, 12, Legend.Cut(bar.Label, BarSpace - 24, 12));
    }

    public static Pen Line(Stroke stroke, string color) =>
        new(color, stroke == Stroke.Thin ? 1 : 2.2, stroke == Stroke.Dashed, stroke == Stroke.Thin ? 0.65 : 1);

    public static void Dot(ICanvas canvas, double x, double y, Mark mark, string color)
    {
        if (mark == Mark.Dot)
            canvas.Circle(x, y, 2.8, color, null);
        else
            canvas.Circle(x, y, 4.5, "#ffffff", new(color, 1.8));
    }

    /// <summary>A size at which a text fits, as far as letters of common width go.</summary>
    private static double Fitting(string text, double width, double size, double letter) =>
        Math.Max(9, Math.Min(size, width / (letter * Math.Max(1, text.Length))));
}
