namespace LinearScaling.Laws.Observational;

/// <summary>The family in whose compute models are measured where the user names none.</summary>
internal static class ReferenceFamily
{
    /// <summary>Models that an inverted line should stand on.</summary>
    public const int EnoughModels = 5;

    /// <summary>R^2 from which on a line can be inverted.</summary>
    public const double GoodLine = 0.9;

    /// <summary>Of the lines that rise, hold and have five models, or of all where none does, the one between whose
    /// ends the most models lie: it extrapolates least.</summary>
    public static FamilyLine? Choose(IEnumerable<FamilyLine> lines, IReadOnlyList<double> capabilities) =>
        lines
            .OrderByDescending(l => l is { Models: >= EnoughModels, Slope: > 0, RSquared: >= GoodLine })
            .ThenByDescending(l => capabilities.Count(c => l.Spans(c)))
            .ThenBy(l => l.Family, StringComparer.Ordinal)
            .FirstOrDefault();
}
