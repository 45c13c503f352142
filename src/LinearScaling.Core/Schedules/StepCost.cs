namespace LinearScaling.Schedules;

/// <summary>What horizons are counted in.</summary>
/// <param name="Tokens">Tokens per optimizer step.</param>
/// <param name="FlopsPerToken">Training FLOPs per token, <c>exact</c> convention.</param>
/// <param name="Parameters">Non-embedding parameters.</param>
/// <param name="Seconds">Time of an optimizer step: an estimate before the first, the mean so far afterwards.</param>
public sealed record StepCost(long Tokens, double FlopsPerToken, long Parameters, double Seconds);
