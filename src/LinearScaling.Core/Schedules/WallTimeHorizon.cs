using LinearScaling.Configuration;

namespace LinearScaling.Schedules;

/// <summary>
/// Hours of training, restarts included. The number of steps is known only at the end. Until then schedules use the
/// speed so far, so such a run does not repeat to the bit.
/// </summary>
/// <param name="Hours">Hours until the last step has begun.</param>
public sealed record WallTimeHorizon([Positive] double Hours) : Horizon
{
    public override long Steps(StepCost cost) => CeilingSteps(Hours * 3600 / cost.Seconds, cost);

    public override bool IsPlannable => false;
}
