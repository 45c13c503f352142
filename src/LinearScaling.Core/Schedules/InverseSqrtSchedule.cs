using LinearScaling.Configuration;

namespace LinearScaling.Schedules;

/// <summary>Warmup, then sqrt(warmup / step) (arXiv:1706.03762): the warmup is the scale of the decay too.</summary>
/// <inheritdoc cref="LrSchedule" path="/param"/>
public sealed record InverseSqrtSchedule(
    [Range(0, int.MaxValue)] int WarmupSteps = 0,
    [Positive] double? WarmupTokens = null
) : LrSchedule(WarmupSteps, WarmupTokens)
{
    public override IEnumerable<string> Problems() =>
        WarmupSteps == 0 && WarmupTokens is null
            ? ["inverse_sqrt decays on the scale of its warmup: set warmup_steps or warmup_tokens"]
            : base.Problems();

    protected override double AfterWarmup(long step, long warmup, long totalSteps) => Math.Sqrt(warmup / (step + 1.0));
}
