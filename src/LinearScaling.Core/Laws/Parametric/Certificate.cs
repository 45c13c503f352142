namespace LinearScaling.Laws.Parametric;

/// <summary>The evidence that a fit is the minimum it claims to be, and how well the data determine it.</summary>
/// <param name="Starts">Starting points tried.</param>
/// <param name="Reached">Starts that came within 1 % of the best objective.</param>
/// <param name="Polished">The best starts, followed to the last digit.</param>
/// <param name="Agreeing">Polished starts that ended within 1e-6 of the best objective, relatively.</param>
/// <param name="Spread">Largest difference of a parameter, in fit space, between agreeing starts.</param>
/// <param name="GradientNorm">Largest derivative of the objective to a parameter in fit space.</param>
/// <param name="PromisedDecrease">What one more Newton step would gain, relative to the objective.</param>
/// <param name="ConditionNumber">Of the objective's Hessian with unit diagonal: above 1e7 some combination of
/// parameters is not determined.</param>
/// <param name="BoundsHit">Parameters that ended at a bound.</param>
/// <param name="VariableProjectionGap">For squared loss on Chinchilla's and exponential forms: how far the objective
/// lies above the one variable projection found by another way, relatively.</param>
public sealed record Certificate(
    int Starts,
    int Reached,
    int Polished,
    int Agreeing,
    double Spread,
    double GradientNorm,
    double PromisedDecrease,
    double ConditionNumber,
    IReadOnlyList<string> BoundsHit,
    double? VariableProjectionGap
);
