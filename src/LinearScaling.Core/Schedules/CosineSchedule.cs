using LinearScaling.Configuration;

namespace LinearScaling.Schedules;

/// <summary>Warmup, then half a cosine down to a floor at the horizon (arXiv:1608.03983).</summary>
/// <inheritdoc cref="LrSchedule" path="/param"/>
/// <param name="FinalFraction">The floor as a fraction of the peak.</param>
public sealed record CosineSchedule(
    [Range(0, int.MaxValue)] int WarmupSteps = 0,
    [Range(0, 1)] double FinalFraction = 0.1,
    [Positive] double? WarmupTokens = null
) : LrSchedule(WarmupSteps, WarmupTokens)
{
    protected override double AfterWarmup(long step, long warmup, long totalSteps)
    {
        var progress = Math.Min(1.0, (double)(step - warmup) / Math.Max(1, totalSteps - warmup));
        return FinalFraction + (1 - FinalFraction) * 0.5 * (1 + Math.Cos(Math.PI * progress));
    }
}
