using LinearScaling.Configuration;

namespace LinearScaling.Schedules;

/// <summary>How long a run trains.</summary>
public abstract record Horizon
{
    public static Registry Variants { get; } = new("horizon",
        ("steps", typeof(StepsHorizon)),
        ("tokens", typeof(TokensHorizon)),
        ("flops", typeof(FlopsHorizon)),
        ("tokens_per_parameter", typeof(TokensPerParameterHorizon)));

    /// <summary>Optimizer steps, rounded up so that the horizon is reached.</summary>
    /// <param name="tokensPerStep">Tokens an optimizer step.</param>
    /// <param name="flopsPerToken">Training FLOPs a token, <c>exact</c> convention.</param>
    /// <param name="parameters">Non-embedding parameters.</param>
    public abstract long Steps(long tokensPerStep, double flopsPerToken, long parameters);

    private protected static long CeilingSteps(double tokens, long tokensPerStep) => Math.Max(1, (long)Math.Ceiling(tokens / tokensPerStep - 1e-9));
}

/// <summary>A number of optimizer steps.</summary>
/// <param name="Count">Steps.</param>
public sealed record StepsHorizon([Positive] long Count) : Horizon
{
    public override long Steps(long tokensPerStep, double flopsPerToken, long parameters) => Count;
}

/// <summary>A number of training tokens.</summary>
/// <param name="Count">Tokens, rounded up to whole steps.</param>
public sealed record TokensHorizon([Positive] double Count) : Horizon
{
    public override long Steps(long tokensPerStep, double flopsPerToken, long parameters) => CeilingSteps(Count, tokensPerStep);
}

/// <summary>A compute budget in FLOPs under the <c>exact</c> convention.</summary>
/// <param name="Count">FLOPs, rounded up to whole steps.</param>
public sealed record FlopsHorizon([Positive] double Count) : Horizon
{
    public override long Steps(long tokensPerStep, double flopsPerToken, long parameters) => CeilingSteps(Count / flopsPerToken, tokensPerStep);
}

/// <summary>Tokens as a multiple of the non-embedding parameters (Chinchilla: about 20).</summary>
/// <param name="Count">Tokens a non-embedding parameter, rounded up to whole steps.</param>
public sealed record TokensPerParameterHorizon([Positive] double Count) : Horizon
{
    public override long Steps(long tokensPerStep, double flopsPerToken, long parameters) => CeilingSteps(Count * parameters, tokensPerStep);
}
