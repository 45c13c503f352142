using System.Globalization;

namespace LinearScaling.Schedules;

/// <summary>How long a run trains.</summary>
public abstract record Horizon
{
    private const double MostTokens = 1e18;

    public static Registry Variants { get; } =
        new(
            "horizon",
            ("steps", typeof(StepsHorizon)),
            ("tokens", typeof(TokensHorizon)),
            ("flops", typeof(FlopsHorizon)),
            ("tokens_per_parameter", typeof(TokensPerParameterHorizon)),
            ("wall_time", typeof(WallTimeHorizon))
        );

    /// <summary>As in <c>train.horizon.name</c>.</summary>
    public string Name => Variants.NameOf(GetType());

    /// <summary>Optimizer steps, rounded up so that the horizon is reached.</summary>
    public abstract long Steps(StepCost cost);

    /// <summary>Whether the steps are known before the run starts.</summary>
    public virtual bool IsPlannable => true;

    /// <exception cref="LinearScalingException">They are more tokens than can be counted.</exception>
    private protected static long CeilingSteps(double steps, StepCost cost) =>
        steps * cost.Tokens <= MostTokens
            ? Math.Max(1, (long)Math.Ceiling(steps - 1e-9))
            : throw new LinearScalingException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"train.horizon: {steps:G3} steps of {cost.Tokens} tokens; a run has at most {MostTokens:G3} tokens"
                )
            );
}
