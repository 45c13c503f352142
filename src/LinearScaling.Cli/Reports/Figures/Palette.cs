namespace LinearScaling.Cli.Reports.Figures;

/// <summary>Colours: a few that differ for groups, one scale for what is ordered. Both are told apart by colour-blind
/// readers.</summary>
internal static class Palette
{
    public const string Ink = "#222222";

    public const string Grey = "#b5b5b5";

    /// <summary>Groups that one pair of axes can tell apart; more are drawn as small multiples.</summary>
    public const int Groups = 8;

    /// <summary>The scale's light end is left out: yellow lines cannot be read on white.</summary>
    private const double Darkest = 0,
        Lightest = 0.88;

    /// <summary>Six colours of Okabe and Ito, and two dark ones.</summary>
    private static readonly string[] Colors =
    [
        "#0072b2",
        "#d55e00",
        "#009e73",
        "#cc79a7",
        "#56b4e9",
        "#e69f00",
        "#5c2d0e",
        "#3f2a91",
    ];

    /// <summary>Viridis (van der Walt and Smith), at every tenth.</summary>
    private static readonly (int R, int G, int B)[] Viridis =
    [
        (68, 1, 84),
        (72, 36, 117),
        (65, 68, 135),
        (53, 95, 141),
        (42, 120, 142),
        (33, 145, 140),
        (34, 168, 132),
        (68, 191, 112),
        (122, 209, 81),
        (189, 223, 38),
        (253, 231, 37),
    ];

    /// <summary>The colour of one of up to eight groups.</summary>
    public static string Color(int index) => Colors[index];

    /// <summary>From dark blue over green to light green, with evenly growing lightness.</summary>
    /// <param name="t">0 to 1.</param>
    public static string Sequential(double t) => Scale(Darkest + Math.Clamp(t, 0, 1) * (Lightest - Darkest));

    /// <summary>All of the scale, for areas.</summary>
    public static string Scale(double t)
    {
        var at = Math.Clamp(t, 0, 1) * (Viridis.Length - 1);
        var i = Math.Min((int)at, Viridis.Length - 2);
        int Mix(Func<(int R, int G, int B), int> part) =>
            (int)Math.Round(part(Viridis[i]) + (at - i) * (part(Viridis[i + 1]) - part(Viridis[i])));
        return $"#{Mix(s => s.R):x2}{Mix(s => s.G):x2}{Mix(s => s.B):x2}";
    }
}
