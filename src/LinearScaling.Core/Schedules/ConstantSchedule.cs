using LinearScaling.Configuration;

namespace LinearScaling.Schedules;

/// <summary>Warmup, then the peak: what the study used, since every checkpoint then is comparable.</summary>
/// <inheritdoc cref="LrSchedule" path="/param"/>
public sealed record ConstantSchedule(
    [Range(0, int.MaxValue)] int WarmupSteps = 0,
    [Positive] double? WarmupTokens = null
) : LrSchedule(WarmupSteps, WarmupTokens)
{
    protected override double AfterWarmup(long step, long warmup, long totalSteps) => 1;
}
