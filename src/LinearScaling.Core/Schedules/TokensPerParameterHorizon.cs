using LinearScaling.Configuration;

namespace LinearScaling.Schedules;

/// <summary>Tokens as a multiple of the non-embedding parameters (Chinchilla: about 20).</summary>
/// <param name="Count">Tokens a non-embedding parameter, rounded up to whole steps.</param>
public sealed record TokensPerParameterHorizon([Positive] double Count) : Horizon
{
    public override long Steps(StepCost cost) => CeilingSteps(Count * cost.Parameters / cost.Tokens, cost);
}
