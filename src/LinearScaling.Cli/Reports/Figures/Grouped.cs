namespace LinearScaling.Cli.Reports.Figures;

/// <summary>Figures of several groups: up to eight on one pair of axes, a colour each; more as small
/// multiples.</summary>
internal static class Grouped
{
    /// <param name="names">Of the groups.</param>
    /// <param name="draw">The series of one group, by its index, in a colour.</param>
    /// <param name="shared">What stands behind every group, as published laws.</param>
    public static Figure Draw(
        (string Name, string Title) figure,
        Axis x,
        Axis y,
        IReadOnlyList<string> names,
        Func<int, string, IEnumerable<Series>> draw,
        IEnumerable<Series>? shared = null
    )
    {
        List<Series> behind = [.. shared ?? []];
        if (names.Count > Palette.Groups)
            return new(
                figure.Name,
                figure.Title,
                [
                    .. names.Select(
                        (name, i) =>
                        {
                            List<Series> own = [.. draw(i, Palette.Color(0))];
                            return new Panel(Called(name, own), x, y, [.. behind, .. own]);
                        }
                    ),
                ]
            );
        List<Series> series = [.. behind];
        foreach (var (i, name) in names.Index())
        {
            List<Series> own = [.. draw(i, Palette.Color(i))];
            series.AddRange(
                names.Count == 1
                    ? own.Select(s => s.Detail is { } detail && s.Label is not null ? s with { Label = detail } : s)
                    : own.Select(s => s.Label is null ? s : s with { Label = Called(name, own) })
            );
        }
        return new(figure.Name, figure.Title, x, y, series);
    }

    private static string Called(string name, List<Series> own) =>
        own.Find(s => s.Detail is not null)?.Detail is { } detail ? $"{name}: {detail}" : name;
}
