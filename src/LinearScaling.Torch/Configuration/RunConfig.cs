using LinearScaling.Configuration;
using LinearScaling.Schedules;
using LinearScaling.Torch.Architectures;

namespace LinearScaling.Torch.Configuration;

/// <summary>Everything that determines a run besides the content of its data. Saved as config.yaml.</summary>
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
        else if (Train.OptimizerInBackward && (Train.MaxGradNorm > 0 || Train.SpikeZScore > 0))
            yield return "train.optimizer_in_backward updates a block before the gradients of the others are known: "
                + "it needs train.max_grad_norm: 0 and train.spike_z_score: 0";
    }
}
