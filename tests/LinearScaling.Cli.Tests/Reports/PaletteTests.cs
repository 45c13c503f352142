using System.Globalization;
using LinearScaling.Cli.Reports.Figures;

namespace LinearScaling.Tests.Cli.Reports;

public class PaletteTests
{
    /// <summary>How protanopes and deuteranopes see linear RGB (Machado, Oliveira and Fernandes, 2009, severity
    /// 1).</summary>
    public static TheoryData<string, double[], double> Eyes =>
        new()
        {
            { "normal", [1, 0, 0, 0, 1, 0, 0, 0, 1], 20 },
            {
                "protanope",
                [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
                9
            },
            {
                "deuteranope",
                [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.011820, 0.042940, 0.968881],
                9
            },
        };

    [Theory]
    [MemberData(nameof(Eyes))]
    public void No_two_groups_look_alike(string eye, double[] seen, double least)
    {
        for (var i = 0; i < Palette.Groups; i++)
        for (var j = 0; j < i; j++)
        {
            var (a, b) = (Lab(Palette.Color(i), seen), Lab(Palette.Color(j), seen));
            var apart = Math.Sqrt(a.Zip(b, (x, y) => (x - y) * (x - y)).Sum());
            Assert.True(apart > least, $"{eye}: {Palette.Color(i)} and {Palette.Color(j)}: {apart:F1}");
        }
    }

    [Theory]
    [MemberData(nameof(Eyes))]
    public void An_ordered_quantity_grows_lighter_in_even_steps(string eye, double[] seen, double least)
    {
        _ = least;
        var lightness = Enumerable.Range(0, 12).Select(k => Lab(Palette.Sequential(k / 11.0), seen)[0]).ToList();
        var steps = lightness.Zip(lightness.Skip(1), (a, b) => b - a).ToList();
        Assert.True(steps.Min() > 0.4 * steps.Average() && steps.Max() < 1.7 * steps.Average(), eye);
        Assert.InRange(lightness[^1], 60, 85); // still seen on white
    }

    /// <summary>CIE L*a*b* of an sRGB colour under D65.</summary>
    private static double[] Lab(string color, double[] seen)
    {
        var rgb = Enumerable
            .Range(0, 3)
            .Select(k => int.Parse(color.AsSpan(1 + 2 * k, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture))
            .Select(v => v / 255.0)
            .Select(v => v <= 0.04045 ? v / 12.92 : Math.Pow((v + 0.055) / 1.055, 2.4))
            .ToArray();
        double[] Times(double[] m, double[] v) =>
            [.. Enumerable.Range(0, 3).Select(i => m[3 * i] * v[0] + m[3 * i + 1] * v[1] + m[3 * i + 2] * v[2])];
        rgb = [.. Times(seen, rgb).Select(v => Math.Clamp(v, 0, 1))];
        var xyz = Times(
            [.4124564, .3575761, .1804375, .2126729, .7151522, .0721750, .0193339, .1191920, .9503041],
            rgb
        );
        double F(double t) => t > 216.0 / 24389 ? Math.Cbrt(t) : (24389.0 / 27 * t + 16) / 116;
        var (x, y, z) = (F(xyz[0] / 0.95047), F(xyz[1]), F(xyz[2] / 1.08883));
        return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
    }
}
