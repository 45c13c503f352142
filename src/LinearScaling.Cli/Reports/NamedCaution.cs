using LinearScaling.Laws;

namespace LinearScaling.Cli.Reports;

/// <summary>A reason not to trust what a report says.</summary>
/// <param name="Who">The laws that it is about; empty where it is about all.</param>
internal sealed record NamedCaution(string Who, Caution Caution)
{
    /// <summary>Names after which others are counted.</summary>
    private const int Named = 4;

    /// <summary>As a reader reads it.</summary>
    public string Line => Who.Length == 0 ? Caution.Text : $"{Who}: {Caution.Text}";

    /// <summary>A kind as words: <c>few sizes</c> of few_sizes.</summary>
    public string Kind => Caution.Code.Replace('_', ' ');

    /// <summary>Cautions with the same words, once, with all that they are about.</summary>
    public static IReadOnlyList<NamedCaution> Join(IEnumerable<(string Who, Caution Caution)> cautions) =>
        [
            .. cautions
                .GroupBy(c => c.Caution)
                .Select(g => new NamedCaution(
                    string.Join(", ", g.Select(c => c.Who).Where(w => w.Length > 0).Distinct()),
                    g.Key
                )),
        ];

    /// <summary>One line a kind: the first of it, and how many more there are.</summary>
    public static IEnumerable<string> Brief(IEnumerable<NamedCaution> cautions)
    {
        foreach (var kind in cautions.GroupBy(c => c.Kind))
        {
            var (first, more) = (kind.First(), kind.Count() - 1);
            var who = first.Who.Split(", ");
            var names =
                who.Length > Named ? $"{string.Join(", ", who.Take(Named))} and {who.Length - Named} more" : first.Who;
            yield return $"not to be trusted ({kind.Key}): {(first with { Who = names }).Line}"
                + (more == 0 ? "" : $"; and {more} more of this kind in the report");
        }
    }
}
