using LinearScaling.Configuration;
using LinearScaling.Schedules;
using LinearScaling.Torch.Architectures;

namespace LinearScaling.Torch.Configuration;

/// <summary>Everything a run is a function of, besides the data's content. Saved as config.yaml.</summary>
/// <param name="Model">The architecture and its size.</param>
/// <param name="Data">What it reads.</param>
/// <param name="Train">How it is optimised.</param>
/// <param name="Checkpoints">When it saves.</param>
/// <param name="Seed">Seeds the initial weights and the data order.</param>
public sealed record RunConfig(
    ModelConfig Model,
    DataConfig Data,
    TrainConfig Train,
    CheckpointSchedule Checkpoints,
    ulong Seed = 0
) : IValidated
{
    /// <summary>Micro-batches an optimizer step.</summary>
    public int MicroBatches => checked((int)(Train.BatchTokens / Data.SeqLen / Train.MicroBatch));

    public IEnumerable<string> Problems()
    {
        if (Train.BatchTokens % Data.SeqLen != 0)
            yield return $"train.batch_tokens ({Train.BatchTokens}) must be a multiple of data.seq_len ({Data.SeqLen})";
        else if (Train.BatchTokens / Data.SeqLen % Train.MicroBatch != 0)
            yield return $"train.batch_tokens / data.seq_len ({Train.BatchTokens / Data.SeqLen} sequences) must be "
                + $"a multiple of train.micro_batch ({Train.MicroBatch})";
        else if (Train.OptimizerInBackward && (MicroBatches > 1 || Train.MaxGradNorm > 0 || Train.SpikeZScore > 0))
            yield return "train.optimizer_in_backward updates a block before the gradients of the others are known: "
                + "it needs train.micro_batch to hold the whole step, train.max_grad_norm: 0 and "
                + "train.spike_z_score: 0";
    }
}

/// <summary>How a run is optimised.</summary>
/// <param name="Horizon">How long it trains.</param>
/// <param name="BatchTokens">Tokens an optimizer step.</param>
/// <param name="MicroBatch">Sequences that go through the model at once; the rest is gradient accumulation.</param>
/// <param name="LrSchedule">The learning rate as a fraction of its peak.</param>
/// <param name="Optimizer">AdamW's settings.</param>
/// <param name="MaxGradNorm">The gradient is scaled down to this L2 norm; 0 leaves it as it is.</param>
/// <param name="Dtype">Element type of the matrix products.</param>
/// <param name="Recompute">What the backward pass computes again instead of keeping.</param>
/// <param name="LogEvery">Steps between lines of metrics.jsonl.</param>
/// <param name="OptimizerInBackward">Updates each block as soon as its gradients are complete and frees them: less
/// memory, no clipping, no accumulation.</param>
/// <param name="SpikeZScore">A step whose loss or gradient norm lies this many standard deviations above the mean of
/// the steps before is skipped: its update is not applied. 0 skips none.</param>
/// <param name="SpikeWindow">How many steps before.</param>
public sealed record TrainConfig(
    Horizon Horizon,
    LrSchedule LrSchedule,
    OptimizerConfig Optimizer,
    [Positive] long BatchTokens = 3_932_160,
    [Positive] int MicroBatch = 1,
    [Range(0, 1e9)] double MaxGradNorm = 1,
    Precision Dtype = Precision.Auto,
    Recompute Recompute = Recompute.Full,
    [Positive] int LogEvery = 1,
    bool OptimizerInBackward = false,
    [Range(0, 1000)] double SpikeZScore = 0,
    [Range(2, 10000)] int SpikeWindow = 128
);

/// <summary>AdamW (decoupled weight decay, arXiv:1711.05101).</summary>
/// <param name="PeakLr">Learning rate that the schedule multiplies.</param>
/// <param name="Beta1">Decay of the first moment.</param>
/// <param name="Beta2">Decay of the second moment.</param>
/// <param name="Eps">Added to the root of the second moment.</param>
/// <param name="WeightDecay">That of matrices.</param>
/// <param name="EmbeddingWeightDecay">That of embedding and head; when omitted, weight_decay.</param>
/// <param name="VectorWeightDecay">That of everything else: gains, biases, angles, bounds.</param>
public sealed record OptimizerConfig(
    [Positive] double PeakLr = 3e-4,
    [Range(0, 1)] double Beta1 = 0.9,
    [Range(0, 1)] double Beta2 = 0.95,
    [Positive] double Eps = 1e-8,
    [Range(0, 10)] double WeightDecay = 0.1,
    [Range(0, 10)] double? EmbeddingWeightDecay = null,
    [Range(0, 10)] double VectorWeightDecay = 0
);

/// <summary>Element type of the matrix products; everything that accumulates is fp32.</summary>
public enum Precision
{
    /// <summary>bf16 on CUDA and on CPUs with AVX512_BF16 or AMX, else fp32.</summary>
    Auto,
    Fp32,
    Bf16,
}

/// <summary>What the backward pass computes again instead of keeping.</summary>
public enum Recompute
{
    /// <summary>Nothing: every block keeps its graph.</summary>
    None,

    /// <summary>Token mixers keep their graphs; channel mixers, about half of a block's memory and a fifth of its time,
    /// run forward again.</summary>
    Selective,

    /// <summary>Every block keeps its input alone and runs forward again.</summary>
    Full,
}
