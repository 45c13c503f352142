using LinearScaling.Laws.Points;

namespace LinearScaling.Laws.Observational;

/// <summary>Models by benchmarks, with gaps.</summary>
/// <param name="Benchmarks">Those that components are made of.</param>
/// <param name="Target">The metric to predict, never among them; null where none is asked for.</param>
/// <param name="Models">At least one score each.</param>
/// <param name="LeftOut">Rows that are not used, and why.</param>
/// <param name="Hash">Of every number that enters.</param>
public sealed record ScoreTable(
    IReadOnlyList<string> Benchmarks,
    string? Target,
    IReadOnlyList<ScoredModel> Models,
    IReadOnlyList<LeftOut> LeftOut,
    string Hash
)
{
    /// <summary>Distinct families.</summary>
    public int Families => Models.Select(m => m.Family).Distinct().Count();

    /// <summary>Models that lack a benchmark's score.</summary>
    public int Gaps(int benchmark) => Models.Count(m => double.IsNaN(m.Scores[benchmark]));
}
