namespace LinearScaling.Torch.Ops.Tiles;

/// <summary>The tensors a chunked operator reads, or their gradients.</summary>
/// <param name="Q">Queries [batch, heads, time, key]; keys <paramref name="K"/> have the same shape.</param>
/// <param name="V">Values [batch, heads, time, value].</param>
/// <param name="LogDecay">Log decay of each key and token, [batch, heads, time, key]; null: none.</param>
/// <param name="Decay">One constant decay per token of each head, [heads], which is not learned; null: none.</param>
/// <param name="Theta">Angles of LRPE, [heads, key]; null: none.</param>
/// <param name="Ids">Document numbers, int64 [batch, time]; null: one document.</param>
internal sealed record TileInputs(
    Tensor Q,
    Tensor K,
    Tensor V,
    Tensor? LogDecay = null,
    Tensor? Decay = null,
    Tensor? Theta = null,
    Tensor? Ids = null
)
{
    /// <summary>All of them in order, null where there is none.</summary>
    public Tensor?[] All => [Q, K, V, LogDecay, Decay, Theta, Ids];

    /// <summary>Whether queries, keys and values are bf16.</summary>
    public bool AreNarrow =>
        (Q.dtype, K.dtype, V.dtype) == (ScalarType.BFloat16, ScalarType.BFloat16, ScalarType.BFloat16);

    public static TileInputs Unpack(IReadOnlyList<Tensor?> all) =>
        new(all[0]!, all[1]!, all[2]!, all[3], all[4], all[5], all[6]);
}
