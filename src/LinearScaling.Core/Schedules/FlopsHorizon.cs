using LinearScaling.Configuration;

namespace LinearScaling.Schedules;

/// <summary>A compute budget in FLOPs under the <c>exact</c> convention.</summary>
/// <param name="Count">FLOPs, rounded up to whole steps.</param>
public sealed record FlopsHorizon([Positive] double Count) : Horizon
{
    public override long Steps(StepCost cost) => CeilingSteps(Count / cost.FlopsPerToken / cost.Tokens, cost);
}
