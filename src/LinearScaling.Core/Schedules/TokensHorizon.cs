using LinearScaling.Configuration;

namespace LinearScaling.Schedules;

/// <summary>A number of training tokens.</summary>
/// <param name="Count">Tokens, rounded up to whole steps.</param>
public sealed record TokensHorizon([Positive] double Count) : Horizon
{
    public override long Steps(StepCost cost) => CeilingSteps(Count / cost.Tokens, cost);
}
