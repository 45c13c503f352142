namespace LinearScaling.Laws.Points;

/// <summary>What a law was fitted to.</summary>
/// <param name="Hash">Hash of every number that entered the fit.</param>
public sealed record LawData(string Source, int Points, string Hash, IReadOnlyList<LeftOut> LeftOut);
