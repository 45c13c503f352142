using LinearScaling.Compute;
using LinearScaling.Runs;
using LinearScaling.Schedules;
using LinearScaling.Torch.Configuration;
using LinearScaling.Torch.Devices;
using LinearScaling.Torch.Training;

namespace LinearScaling.Cli.Studies;

/// <summary>One run of a study, and what is known of it before it starts.</summary>
/// <param name="Path">Its directory below the study's.</param>
/// <param name="Labels">Its value on every axis, and its experiment: what <c>--only</c> chooses by.</param>
internal sealed record StudyRun(
    string Path,
    ExperimentConfig Experiment,
    IReadOnlyDictionary<string, string> Labels,
    RunConfig Config
)
{
    public string Architecture => Labels[Axis.Architecture];

    public string Size => Labels[Axis.Size];

    public ParameterCounts Parameters { get; } = Config.Model.Counts();

    /// <summary>Training FLOPs per token by convention.</summary>
    public IReadOnlyDictionary<string, double> FlopsPerToken { get; } = Config.Model.FlopsPerToken(Config.Data.SeqLen);

    /// <exception cref="LinearScalingException">The horizon is one that no plan knows, as wall time.</exception>
    public long Steps =>
        Config.Train.Horizon.IsPlannable
            ? Config.Train.Horizon.Steps(
                new StepCost(Config.Train.BatchTokens, FlopsPerToken[Flops.Exact], Parameters.NonEmbedding, double.NaN)
            )
            : throw new LinearScalingException(
                $"{Path}: train.horizon {Config.Train.Horizon.Name}: a study plans its runs before they start; give "
                    + $"tokens, steps or flops"
            );

    public double Tokens => (double)Steps * Config.Train.BatchTokens;

    /// <summary>Checkpoints of a run that is never interrupted.</summary>
    public long Checkpoints => Config.Checkpoints.CountDue(Steps);

    /// <summary>A checkpoint's weights and Adam's two moments, fp32.</summary>
    public long CheckpointBytes => 12 * Parameters.Total;

    /// <summary>Memory of the device that trains it, with all of its states there.</summary>
    public MemoryPlan Memory => MemoryPlan.For(Config, Config.Train.Dtype == Precision.Fp32 ? 4 : 2, devices: 1);

    /// <summary>Training FLOPs of the whole run, <c>exact</c> convention.</summary>
    public double ExactFlops => Tokens * FlopsPerToken[Flops.Exact];

    public double Hours(Hardware hardware) => ExactFlops / (hardware.PeakFlops * hardware.Mfu) / 3600;
}
