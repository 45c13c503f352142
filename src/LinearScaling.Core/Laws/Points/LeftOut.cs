namespace LinearScaling.Laws.Points;

/// <summary>Measurements a fit does not use: how many of what, and why. Every fit lists all of them.</summary>
public sealed record LeftOut(string What, int Points, string Why);
