namespace LinearScaling.Laws.Observational;

/// <summary>What a user may choose of an observational law.</summary>
public sealed record ObservationalOptions
{
    public const int DefaultDraws = 1000;

    /// <summary>The family whose line turns capability into compute; null takes the one that reaches the
    /// capability of most models without extrapolation.</summary>
    public string? Reference { get; init; }

    /// <summary>What guessing scores on the target; null fits it, from 0 to 0.2.</summary>
    public double? Chance { get; init; }

    /// <summary>Which models a fit is tried on; null takes the fifth with the most compute.</summary>
    public HoldOutRule? HoldOut { get; init; }

    public int Draws { get; init; } = DefaultDraws;

    /// <summary>Whether the bootstrap draws whole families, or else models.</summary>
    public bool ByFamily { get; init; } = true;
}
