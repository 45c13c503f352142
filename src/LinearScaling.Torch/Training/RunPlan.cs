using LinearScaling.Runs;
using LinearScaling.Schedules;

namespace LinearScaling.Torch.Training;

/// <summary>What a run will be and cost, known before its first step.</summary>
/// <param name="Cost">What a step costs; its time is an estimate.</param>
/// <param name="Steps">Optimizer steps; of a horizon of wall time an estimate.</param>
/// <param name="Flops">Training FLOPs of the whole run, <c>exact</c> convention.</param>
/// <param name="PeakFlops">Measured matrix-product speed of the device, FLOP/s.</param>
/// <param name="EstimatedSeconds">Time at <see cref="RunPlan.AssumedUtilisation"/> of the peak; each recomputed block
/// costs another forward pass.</param>
/// <param name="AvailableMemory">Bytes free for the run on its device.</param>
public sealed record RunPlan(
    RunRecord Run,
    StepCost Cost,
    long Steps,
    long Tokens,
    double Flops,
    double PeakFlops,
    double EstimatedSeconds,
    MemoryPlan Memory,
    long AvailableMemory
)
{
    /// <summary>The share of the matrix-product peak that the time estimate assumes.</summary>
    public const double AssumedUtilisation = 0.4;
}
