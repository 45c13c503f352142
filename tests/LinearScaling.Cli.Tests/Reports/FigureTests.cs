using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using LinearScaling.Cli.Reports.Figures;
using SkiaSharp;

namespace LinearScaling.Tests.Cli.Reports;

/// <summary>What is drawn of a figure.</summary>
public sealed partial class FigureTests
{
    private static readonly Axis X = new("x", Log: false),
        Y = new("y", Log: false);

    [Fact]
    public void A_band_fills_what_lies_between_its_ends()
    {
        var figure = new Figure("f", "f", X, Y, [Line("law") with { Band = [(0, 1, 2), (5, 1.5, 2.5), (10, 2, 4)] }]);
        var svg = SvgFigure.Render(figure);
        var outline = Polygons(svg)[0];
        Assert.Equal(6, outline.Count);
        // There and back: the upper end to the right, the lower one to the left.
        Assert.Equal([0, 5, 10, 10, 5, 0], outline.Select(p => Math.Round(At(outline, p))));
        var (top, bottom) = (outline[2].Y, outline[5].Y); // of 4 and 1
        Assert.Equal(2.5, 1 + 3 * (bottom - outline[1].Y) / (bottom - top), 0.01);
        Assert.Contains(">95 % interval</text>", svg, StringComparison.Ordinal);

        static double At(List<(double X, double Y)> all, (double X, double Y) p) =>
            10 * (p.X - all[0].X) / (all[2].X - all[0].X);
    }

    [Fact]
    public void Where_no_band_is_known_the_legend_claims_none()
    {
        var svg = SvgFigure.Render(new("f", "f", X, Y, [Line("law")]));
        Assert.DoesNotContain("interval", svg, StringComparison.Ordinal);
        Assert.Empty(Polygons(svg));
    }

    [Theory]
    [InlineData(1, false, false)]
    [InlineData(8, false, true)]
    [InlineData(17, true, false)]
    [InlineData(60, true, true)]
    public void A_legend_takes_a_quarter_at_most_and_counts_what_it_leaves_out(int labels, bool bar, bool small)
    {
        var figure = new Figure(
            "f",
            "f",
            X,
            Y,
            [.. Enumerable.Range(0, labels).Select(i => Line($"a law of some architecture, number {i}"))]
        )
        {
            Bar = bar ? new("N", 1e6, 1e9) : null,
        };
        var drawing = new FigureDrawing(figure, small);
        Assert.InRange(drawing.LegendShare, 0.01, Legend.MostShare);
        var shown = SvgFigure.Render(figure, small).Split("a law of").Length - 1;
        var more = More().Match(SvgFigure.Render(figure, small));
        Assert.Equal(
            labels,
            shown + (more.Success ? int.Parse(more.Groups[1].Value, CultureInfo.InvariantCulture) : 0)
        );
        if (labels == 60)
            Assert.True(more.Success);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(8, 1)]
    [InlineData(9, 9)]
    [InlineData(31, 31)]
    public void More_groups_than_colours_are_small_multiples(int groups, int panels)
    {
        var figure = Grouped.Draw(
            ("f", "f"),
            X,
            Y,
            [.. Enumerable.Range(0, groups).Select(i => $"group {i}")],
            (_, color) => [Line("law") with { Color = color, Detail = "L = 2 C^-0.1" }]
        );
        Assert.Equal(panels, figure.Panels.Count);
        if (panels == 1)
            Assert.Equal(groups, figure.Series.Select(s => s.Color).Distinct().Count());
        var svg = SvgFigure.Render(figure);
        for (var i = 0; i < groups && groups > 1; i++)
            Assert.Contains($">group {i}: L = 2 C^-0.1</text>", svg, StringComparison.Ordinal);
        Assert.Equal(panels, svg.Split("<clipPath").Length - 1);
    }

    [Fact]
    public void Panels_lie_within_the_figure_and_apart()
    {
        foreach (var count in Enumerable.Range(1, 30))
        foreach (var shared in new[] { true, false })
        {
            var figure = new Figure(
                "f",
                "f",
                [.. Enumerable.Range(0, count).Select(i => new Panel($"{i}", X, Y, [Line("law")]))],
                shared
            );
            var (width, height) = new FigureDrawing(figure, small: false).Size;
            var boxes = Boxes()
                .Matches(SvgFigure.Render(figure))
                .Select(m =>
                    m.Groups.Values.Skip(1).Select(g => double.Parse(g.Value, CultureInfo.InvariantCulture)).ToArray()
                )
                .ToList();
            Assert.Equal(count, boxes.Count);
            Assert.All(
                boxes,
                b =>
                    Assert.True(
                        b[0] > 30
                            && b[1] > 30
                            && b[0] + b[2] < width
                            && b[1] + b[3] < height - 20
                            && b[2] > 100
                            && b[3] > 100
                    )
            );
            for (var i = 0; i < count; i++)
            for (var j = 0; j < i; j++)
                Assert.True(
                    boxes[i][0] > boxes[j][0] + boxes[j][2]
                        || boxes[j][0] > boxes[i][0] + boxes[i][2]
                        || boxes[i][1] > boxes[j][1] + boxes[j][3]
                        || boxes[j][1] > boxes[i][1] + boxes[i][3]
                );
        }
    }

    [Fact]
    public void A_png_is_180_mm_wide_at_300_dots_an_inch()
    {
        Assert.SkipUnless(PngFigure.MissingFonts() is null, "no font is installed");
        var path = Path.GetTempFileName();
        PngFigure.Save(new("f", "f", X, Y, [Line("law") with { Band = [(0, 1, 2), (10, 2, 4)] }]), path);
        var png = File.ReadAllBytes(path);
        File.Delete(path);
        using var picture = SKBitmap.Decode(png);
        Assert.Equal((2126, 1160), (picture.Width, picture.Height));
        Assert.Equal("pHYs", Encoding.ASCII.GetString(png, 37, 4));
        Assert.Equal((11811, 11811, 1), (Word(41), Word(45), png[49])); // dots a metre
        Assert.Equal(unchecked((int)Crc(png.AsSpan(37, 13))), Word(50));

        int Word(int at) => BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(at));
    }

    private static Series Line(string label) => new(label, "#0072b2", Stroke.Solid, Mark.None, [(0, 1), (10, 3)]);

    private static List<List<(double X, double Y)>> Polygons(string svg) =>
        [
            .. Outlines()
                .Matches(svg)
                .Select(m =>
                    m.Groups[1]
                        .Value.Split(' ')
                        .Select(p => p.Split(',').Select(v => double.Parse(v, CultureInfo.InvariantCulture)).ToArray())
                        .Select(p => (p[0], p[1]))
                        .ToList()
                ),
        ];

    /// <summary>The sum of PNG's specification, bit by bit.</summary>
    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        var sum = 0xFFFFFFFFu;
        foreach (var b in bytes)
        {
            sum ^= b;
            for (var k = 0; k < 8; k++)
                sum = (sum & 1) == 1 ? (sum >> 1) ^ 0xEDB88320u : sum >> 1;
        }
        return ~sum;
    }

    [GeneratedRegex("<polygon points=\"([^\"]*)\" fill=\"#0072b2\"")]
    private static partial Regex Outlines();

    [GeneratedRegex("and (\\d+) more")]
    private static partial Regex More();

    [GeneratedRegex("<clipPath[^>]*><rect x=\"([^\"]*)\" y=\"([^\"]*)\" width=\"([^\"]*)\" height=\"([^\"]*)\"")]
    private static partial Regex Boxes();
}
