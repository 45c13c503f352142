using LinearScaling.Laws.Forms;

namespace LinearScaling.Laws.Points;

/// <summary>Points to fit, by group, with what was left out.</summary>
/// <param name="Hash">Fingerprint of every number that enters the fits.</param>
public sealed record PointSet(
    IReadOnlyList<(string Name, IReadOnlyList<Observation> Points)> Groups,
    IReadOnlyList<LeftOut> LeftOut,
    string Hash
)
{
    /// <summary>Where C is from, as <see cref="ComputeOrigin"/> writes it.</summary>
    public string Convention { get; init; } = "";

    /// <summary>What a reader should know about the points, a sentence each.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Reasons not to trust what is fitted to a group's points.</summary>
    public IReadOnlyList<(string Group, Caution Caution)> Cautions { get; init; } = [];

    public IEnumerable<Caution> CautionsOf(string group) =>
        Cautions.Where(c => c.Group == group).Select(c => c.Caution);

    /// <summary>The points that a form can be fitted to: one that takes the logarithm of x needs a positive
    /// x.</summary>
    public PointSet For(LawForm form)
    {
        if (!form.OfX || !form.TakesLogOfX)
            return this;
        List<LeftOut> leftOut =
        [
            .. Groups
                .Select(g => new LeftOut(
                    g.Name,
                    g.Points.Count(o => o.X <= 0),
                    $"x is not positive, and {form.Name} takes its logarithm"
                ))
                .Where(l => l.Points > 0),
        ];
        return this with
        {
            Groups =
            [
                .. Groups.Select(g => (g.Name, (IReadOnlyList<Observation>)[.. g.Points.Where(o => !(o.X <= 0))])),
            ],
            LeftOut = [.. LeftOut, .. leftOut],
        };
    }
}
