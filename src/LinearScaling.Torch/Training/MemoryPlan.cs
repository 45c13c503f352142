using LinearScaling.Torch.Architectures;

namespace LinearScaling.Torch.Training;

/// <summary>What a training run needs in memory, by what it is for, in bytes.</summary>
/// <param name="Weights">Parameters in the type they compute in.</param>
/// <param name="Masters">fp32 copies where the parameters are bf16.</param>
/// <param name="Gradients">fp32 accumulators.</param>
/// <param name="Moments">Adam's two moments, fp32.</param>
/// <param name="Activations">What the walk keeps of one micro-batch, and the graph of the blocks that are alive at once.</param>
/// <param name="Head">The largest chunk of logits and the dense gradient of the embedding look-up.</param>
public sealed record MemoryPlan(long Weights, long Masters, long Gradients, long Moments, long Activations, long Head)
{
    /// <summary>libtorch, the runtime and their code.</summary>
    public const long Program = 400L << 20;

    /// <summary>The copy a checkpoint is written from in the background, on the host; not part of <see cref="Total"/>, since without room for it training waits for the disk instead.</summary>
    public long Snapshot => Moments * 3 / 2;

    public long Total => Weights + Masters + Gradients + Moments + Activations + Head + Program;

    /// <param name="bytes">Bytes of an element the model computes in: 4 or 2.</param>
    public static MemoryPlan For(ModelConfig model, int seqLen, int microBatch, int bytes, Recompute recompute)
    {
        var specs = model.Parameters();
        var total = specs.Sum(s => s.Count);
        var matrices = specs.Where(s => s.Decay).Sum(s => s.Count);
        var tokens = (long)seqLen * microBatch;
        var boundaries = (model.NumLayers + 1L) * tokens * model.HiddenSize * bytes;
        var element = bytes == 2 ? 3 : bytes; // norms and states are fp32 beside bf16 products
        var mixer = tokens * 16L * model.HiddenSize * element;
        var glu = tokens * (4L * model.HiddenSize + 5L * model.GluSize) * element;
        var graphs = recompute switch
        {
            Recompute.None => model.NumLayers * (mixer + glu),
            Recompute.Selective => model.NumLayers * mixer + glu,
            _ => mixer + glu,
        };
        var rows = CrossEntropy.RowsPerChunk(model.VocabSize, tokens);
        return new MemoryPlan(
            Weights: matrices * bytes + (total - matrices) * 4,
            Masters: bytes == 2 ? matrices * 4 : 0,
            Gradients: total * 4,
            Moments: total * 8,
            Activations: boundaries + graphs,
            Head: Math.Max(3 * rows * model.VocabSize * 4, (long)model.VocabSize * model.HiddenSize * bytes));
    }
}
