namespace LinearScaling.Laws.Parametric;

/// <summary>A likelihood ratio with its probability under the simpler law; both null where too few runs say how far
/// their rows depend on each other.</summary>
/// <param name="Ratio">Twice the log-likelihood gained, by as many rows as would be independent.</param>
public sealed record LikelihoodTest(double? Ratio, double? PValue);
