using LinearScaling.Configuration;

namespace LinearScaling.Schedules;

/// <summary>How long a run trains.</summary>
public abstract record Horizon
{
    public static Registry Variants { get; } =
        new(
            "horizon",
            ("steps", typeof(StepsHorizon)),
            ("tokens", typeof(TokensHorizon)),
            ("flops", typeof(FlopsHorizon)),
            ("tokens_per_parameter", typeof(TokensPerParameterHorizon)),
            ("wall_time", typeof(WallTimeHorizon))
        );

    /// <summary>Optimizer steps, rounded up so that the horizon is reached.</summary>
    public abstract long Steps(StepCost cost);

    private protected static long CeilingSteps(double steps) => Math.Max(1, (long)Math.Ceiling(steps - 1e-9));
}

/// <summary>What horizons are counted in.</summary>
/// <param name="Tokens">Tokens an optimizer step.</param>
/// <param name="FlopsPerToken">Training FLOPs a token, <c>exact</c> convention.</param>
/// <param name="Parameters">Non-embedding parameters.</param>
/// <param name="Seconds">Time of an optimizer step: an estimate before the first, the mean so far afterwards.</param>
public sealed record StepCost(long Tokens, double FlopsPerToken, long Parameters, double Seconds);

/// <summary>A number of optimizer steps.</summary>
/// <param name="Count">Steps.</param>
public sealed record StepsHorizon([Positive] long Count) : Horizon
{
    public override long Steps(StepCost cost) => Count;
}

/// <summary>A number of training tokens.</summary>
/// <param name="Count">Tokens, rounded up to whole steps.</param>
public sealed record TokensHorizon([Positive] double Count) : Horizon
{
    public override long Steps(StepCost cost) => CeilingSteps(Count / cost.Tokens);
}

/// <summary>A compute budget in FLOPs under the <c>exact</c> convention.</summary>
/// <param name="Count">FLOPs, rounded up to whole steps.</param>
public sealed record FlopsHorizon([Positive] double Count) : Horizon
{
    public override long Steps(StepCost cost) => CeilingSteps(Count / cost.FlopsPerToken / cost.Tokens);
}

/// <summary>Tokens as a multiple of the non-embedding parameters (Chinchilla: about 20).</summary>
/// <param name="Count">Tokens a non-embedding parameter, rounded up to whole steps.</param>
public sealed record TokensPerParameterHorizon([Positive] double Count) : Horizon
{
    public override long Steps(StepCost cost) => CeilingSteps(Count * cost.Parameters / cost.Tokens);
}

/// <summary>
/// Hours of training, restarts included. How many steps that is is known only at the end; until then schedules count on
/// the speed so far, so such a run does not repeat to the bit.
/// </summary>
/// <param name="Hours">Hours until the last step has begun.</param>
public sealed record WallTimeHorizon([Positive] double Hours) : Horizon
{
    public override long Steps(StepCost cost) => CeilingSteps(Hours * 3600 / cost.Seconds);
}
