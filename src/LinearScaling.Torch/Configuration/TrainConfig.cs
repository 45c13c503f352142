using LinearScaling.Configuration;
using LinearScaling.Schedules;
using LinearScaling.Torch.Devices;

namespace LinearScaling.Torch.Configuration;

/// <summary>How a run is optimised.</summary>
/// <param name="Horizon">How long it trains.</param>
/// <param name="BatchTokens">Tokens per optimizer step.</param>
/// <param name="MicroBatch">Sequences that go through the model at once; the rest is gradient accumulation. Of several
/// processes, one that has fewer in a step takes those.</param>
/// <param name="LrSchedule">The learning rate as a fraction of its peak.</param>
/// <param name="Optimizer">The settings of AdamW.</param>
/// <param name="MaxGradNorm">The gradient is scaled down to this L2 norm; 0 leaves it as it is.</param>
/// <param name="Dtype">Element type of the matrix products.</param>
/// <param name="Recompute">What the backward pass computes again instead of keeping.</param>
/// <param name="LogEvery">Steps between lines of metrics.jsonl.</param>
/// <param name="OptimizerInBackward">Updates each block as soon as its gradients are complete and frees them: less
/// memory, no clipping, no accumulation.</param>
/// <param name="SpikeZScore">A step whose loss or gradient norm lies this many standard deviations above the mean of
/// the steps before is skipped: its update is not applied. 0 skips none.</param>
/// <param name="SpikeWindow">How many steps before.</param>
/// <param name="Shard">What each process of several holds its part of alone. Like the keys below, it may change when a
/// run goes on.</param>
/// <param name="SequenceParallel">Processes that share a sequence, each having a stretch of it; the others, if there
/// are more, train on other sequences.</param>
/// <param name="Timeout">Seconds that a process waits for the others.</param>
public sealed record TrainConfig(
    Horizon Horizon,
    LrSchedule LrSchedule,
    OptimizerConfig Optimizer,
    [Range(1, 2e9)] long BatchTokens = 3_932_160,
    [Range(1, 1e6)] int MicroBatch = 1,
    [Range(0, 1e9)] double MaxGradNorm = 1,
    Precision Dtype = Precision.Auto,
    Recompute Recompute = Recompute.Full,
    [Range(1, 1e9)] int LogEvery = 1,
    bool OptimizerInBackward = false,
    [Range(0, 1000)] double SpikeZScore = 0,
    [Range(2, 10000)] int SpikeWindow = 128,
    [Harmless] Sharding Shard = Sharding.Optimizer,
    [Harmless] [Range(1, 4096)] int SequenceParallel = 1,
    [Harmless] [Range(1, 1e6)] double Timeout = 600
);
