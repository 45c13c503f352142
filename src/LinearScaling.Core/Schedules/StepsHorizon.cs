using LinearScaling.Configuration;

namespace LinearScaling.Schedules;

/// <summary>A number of optimizer steps.</summary>
/// <param name="Count">Steps.</param>
public sealed record StepsHorizon([Positive] long Count) : Horizon
{
    public override long Steps(StepCost cost) => CeilingSteps(Count, cost);
}
