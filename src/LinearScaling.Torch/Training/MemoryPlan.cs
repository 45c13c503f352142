using LinearScaling.Torch.Architectures;
using LinearScaling.Torch.Configuration;
using LinearScaling.Torch.Layers;
using LinearScaling.Torch.Native;
using LinearScaling.Torch.Ops.Tiles;

namespace LinearScaling.Torch.Training;

/// <summary>The memory of a training run at its peak, by purpose, in bytes; without <see cref="Program"/> that of a
/// device.</summary>
/// <param name="Weights">Parameters in the type they compute in.</param>
/// <param name="Masters">fp32 copies where the parameters are bf16.</param>
/// <param name="Gradients">fp32 accumulators; with <c>optimizer_in_backward</c> those of one block and of what all
/// share.</param>
/// <param name="Moments">Adam's two moments, fp32.</param>
/// <param name="Activations">What is kept of one micro-batch until its backward pass.</param>
/// <param name="Working">What the head or a block's backward pass needs besides, whichever is more.</param>
public sealed record MemoryPlan(
    long Weights,
    long Masters,
    long Gradients,
    long Moments,
    long Activations,
    long Working
)
{
    /// <summary>libtorch, the runtime, their code and heaps, and what <see cref="TensorPool"/> may keep.</summary>
    public const long Program = 300L << 20;

    /// <summary>The copy a checkpoint is written from in the background, on the host; not part of <see cref="Total"/>,
    /// since without room for it training waits for the disk instead.</summary>
    public long Snapshot => Moments * 3 / 2;

    public long Total => Weights + Masters + Gradients + Moments + Activations + Working + Program;

    /// <param name="bytes">Bytes of an element the model computes in: 4 or 2.</param>
    /// <param name="inBackward">Whether each block is updated, and its gradients freed, within the backward
    /// pass.</param>
    public static MemoryPlan For(
        ModelConfig model,
        int seqLen,
        int microBatch,
        int bytes,
        Recompute recompute,
        bool inBackward = false
    )
    {
        var specs = model.Parameters();
        var total = specs.Sum(s => s.Count);
        var matrices = specs.Where(s => s.Decay).Sum(s => s.Count);
        var block = specs.Where(s => s.Block == 0).ToList();
        var (tokens, width, glu) = ((long)seqLen * microBatch, (long)model.HiddenSize, (long)model.GluSize);

        var (narrow, wide) = model.MixerKept;
        var mixer = tokens * (narrow * bytes + wide * 4) + States(model, seqLen, microBatch);
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
            Masters: bytes == 2 ? matrices * 4 : 0,
            Gradients: 4 * (inBackward ? specs.Where(s => s.Block <= 0).Sum(s => s.Count) : total),
            Moments: total * 8,
            Activations: (model.NumLayers + 1L) * stream + graphs + tokens * model.EntryKept * bytes,
            Working: Math.Max(head, backward)
        );
    }

    /// <summary>Bytes of the states that a linear token mixer keeps, fp32.</summary>
    private static long States(ModelConfig model, int seqLen, int microBatch)
    {
        if (model.ChunkRows == 0)
            return 0;
        var state = model.State.Mixers / model.NumLayers;
        return 4 * microBatch * state * TileWalk.StatesKept(microBatch, seqLen, state / model.HeadDim, model.ChunkRows);
    }
}
