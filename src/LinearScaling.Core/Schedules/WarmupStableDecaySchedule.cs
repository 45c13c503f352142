using LinearScaling.Configuration;

namespace LinearScaling.Schedules;

/// <summary>Warmup, a stable phase at the peak, a decay at the end (arXiv:2404.06395).</summary>
/// <inheritdoc cref="LrSchedule" path="/param"/>
/// <param name="DecayFraction">Share of the run that decays.</param>
/// <param name="FinalFraction">Where the decay ends, as a fraction of the peak.</param>
/// <param name="Decay">The shape of the decay.</param>
public sealed record WarmupStableDecaySchedule(
    [Range(0, int.MaxValue)] int WarmupSteps = 0,
    [Range(0, 1)] double DecayFraction = 0.2,
    [Range(0, 1)] double FinalFraction = 0,
    DecayShape Decay = DecayShape.Linear,
    [Positive] double? WarmupTokens = null
) : LrSchedule(WarmupSteps, WarmupTokens)
{
    protected override double AfterWarmup(long step, long warmup, long totalSteps)
    {
        var decaySteps = Math.Max(1, (long)Math.Round(DecayFraction * totalSteps));
        var decayed = 1 - (double)(totalSteps - step) / decaySteps; // 0 where the decay begins, 1 at the horizon
        if (decayed <= 0)
            return 1;
        var left = Decay switch
        {
            DecayShape.Linear => 1 - decayed,
            DecayShape.Cosine => 0.5 * (1 + Math.Cos(Math.PI * decayed)),
            _ => 1 - Math.Sqrt(decayed),
        };
        return FinalFraction + (1 - FinalFraction) * left;
    }
}

/// <summary>The shape of a decay from 1 to its floor.</summary>
public enum DecayShape
{
    Linear,
    Cosine,

    /// <summary>1 - sqrt(progress) (arXiv:2405.18392).</summary>
    OneMinusSqrt,
}
