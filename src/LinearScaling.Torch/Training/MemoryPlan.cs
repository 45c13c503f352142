using LinearScaling.Torch.Architectures;
using LinearScaling.Torch.Collectives;
using LinearScaling.Torch.Configuration;
using LinearScaling.Torch.Kernels.Scan;
using LinearScaling.Torch.Layers;
using LinearScaling.Torch.Native;

namespace LinearScaling.Torch.Training;

/// <summary>The memory of a training run at its peak, by purpose, in bytes; without <see cref="Program"/> that of a
/// device.</summary>
/// <param name="Weights">Parameters in the type they compute in.</param>
/// <param name="Masters">fp32 copies where the parameters are bf16.</param>
/// <param name="Gradients">fp32 accumulators; with <c>optimizer_in_backward</c> those of one block and of what all
/// share.</param>
/// <param name="Moments">Adam's two moments, fp32.</param>
/// <param name="Activations">What is kept of one micro-batch until its backward pass.</param>
/// <param name="Working">What the head or a block's backward pass needs besides, whichever is more, and what several
/// processes receive into.</param>
/// <param name="Snapshot">The copy a checkpoint is written from in the background, on the host; not part of
/// <see cref="Total"/>, since without room for it training waits for the disk instead.</param>
public sealed record MemoryPlan(
    long Weights,
    long Masters,
    long Gradients,
    long Moments,
    long Activations,
    long Working,
    long Snapshot
)
{
    /// <summary>libtorch, the runtime, their code and heaps, and what <see cref="TensorPool"/> may keep.</summary>
    public const long Program = 300L << 20;

    public long Total => Weights + Masters + Gradients + Moments + Activations + Working + Program;

    /// <param name="bytes">Bytes of an element the model computes in: 4 or 2.</param>
    /// <param name="inBackward">Whether each block is updated, and its gradients freed, within the backward
    /// pass.</param>
    /// <param name="shards">Devices that each hold their part of masters and moments.</param>
    /// <param name="stretches">Devices that share a sequence.</param>
    public static MemoryPlan For(
        ModelConfig model,
        int seqLen,
        int microBatch,
        int bytes,
        Recompute recompute,
        bool inBackward = false,
        int shards = 1,
        int stretches = 1
    )
    {
        var whole = seqLen;
        seqLen = (seqLen + stretches - 1) / stretches;
        var specs = model.Parameters();
        var total = specs.Sum(s => s.Count);
        var matrices = specs.Where(s => s.Decay).Sum(s => s.Count);
        var block = specs.Where(s => s.Block == 0).ToList();
        var (tokens, width, glu) = ((long)seqLen * microBatch, (long)model.HiddenSize, (long)model.GluSize);

        var mixer = tokens * model.MixerKept * bytes + States(model, seqLen, microBatch);
        mixer += (whole - seqLen) * model.State.KeyValue / model.NumLayers * microBatch * bytes; // of other devices
        // the norm, gate, up and their product; silu's value too where no kernel of ours fuses it
        var channels = tokens * bytes * (width + (model.GluAct == Activation.Silu ? 4 : 3) * glu);
        var stream = tokens * width * bytes; // one copy of the residual stream
        var graphs = recompute switch
        {
            Recompute.None => model.NumLayers * (mixer + channels + stream),
            Recompute.Selective => model.NumLayers * (mixer + stream),
            _ => 0,
        };
        var again = recompute switch
        {
            Recompute.None => 0,
            Recompute.Selective => channels,
            _ => mixer + channels + stream,
        };
        // those of bf16 are collected at the block's end
        var matrixGradients = bytes == 2 ? block.Sum(s => s.Count) * 2 : block.Max(s => s.Count) * 4;
        var backward = again + 3 * stream + 3 * tokens * glu * bytes + matrixGradients;
        var head = 4 * stream + CrossEntropy.RowsPerChunk(model.VocabSize, tokens) * model.VocabSize * bytes;
        return new MemoryPlan(
            Weights: matrices * bytes + (total - matrices) * 4,
            Masters: bytes == 2 ? Share(matrices * 4) : 0,
            Gradients: 4 * (inBackward ? specs.Where(s => s.Block <= 0).Sum(s => s.Count) : total),
            Moments: Share(total * 8),
            Activations: (model.NumLayers + 1L) * stream + graphs + tokens * model.EntryKept * bytes,
            Working: Math.Max(head, backward),
            Snapshot: total * 4 + Share(total * 8)
        );

        long Share(long all) => (all + shards - 1) / shards;
    }

    /// <summary>That of one of several devices that a run is divided among.</summary>
    public static MemoryPlan For(RunConfig config, int bytes, int devices)
    {
        var alone = For(
            config.Model,
            config.Data.SeqLen,
            WorkShare.MicroBatch(config, Math.Max(1, devices / config.Train.SequenceParallel)),
            bytes,
            config.Train.Recompute,
            config.Train.OptimizerInBackward,
            config.Train.Shard == Sharding.Optimizer ? devices : 1,
            config.Train.SequenceParallel
        );
        return devices == 1 ? alone : alone with { Working = alone.Working + MessageCollectives.ReceivedAtOnce };
    }

    /// <summary>Bytes of the states that a linear token mixer keeps, one before each chunk, fp32.</summary>
    /// <remarks>As on a CPU. On CUDA the mixers keep fewer states and activated copies instead; only HGRN2's where
    /// there are no kernels for it (fp32, heads that are not 64 or 128 wide) keep more.</remarks>
    private static long States(ModelConfig model, int seqLen, int microBatch)
    {
        var chunks = (seqLen + ScanScratch.Tokens - 1) / ScanScratch.Tokens;
        return 4L * microBatch * chunks * model.State.Mixers / model.NumLayers;
    }
}
