namespace LinearScaling.Torch.Kernels.Scan;

/// <summary>What a scan is given.</summary>
/// <param name="Q">Queries, fp32 or bf16 [batch, heads, time, key].</param>
/// <param name="K">Keys, or with <see cref="ScanForm.Tied"/> the logits of the forget gates, of the same shape and
/// type.</param>
/// <param name="V">Values [batch, heads, time, value], of the same type.</param>
/// <param name="LogDecay">Log decay of each token and key, fp32 [batch, heads, time, key]; null: none.</param>
/// <param name="Bound">With <see cref="ScanForm.Tied"/>: the forget gates' lower bounds, fp32 [heads, key]; null:
/// 0.</param>
/// <param name="Theta">LRPE's angles, fp32 [heads, key]; null: none.</param>
/// <param name="Decay">One constant decay a token of each head, fp32 [heads]; null: none. Not learned.</param>
/// <param name="Ids">Document numbers, int64 [batch, time]; null: one document.</param>
/// <param name="Initial">The state before the first token, fp32 [batch, heads, state key, value]; null: empty.</param>
internal sealed record ScanInputs(
    Tensor Q,
    Tensor K,
    Tensor V,
    Tensor? LogDecay = null,
    Tensor? Bound = null,
    Tensor? Theta = null,
    Tensor? Decay = null,
    Tensor? Ids = null,
    Tensor? Initial = null
)
{
    public Tensor?[] All => [Q, K, V, LogDecay, Bound, Theta, Decay, Ids, Initial];

    public static ScanInputs Unpack(IReadOnlyList<Tensor?> all) =>
        new(all[0]!, all[1]!, all[2]!, all[3], all[4], all[5], all[6], all[7], all[8]);

    public long Batch => Q.size(0);

    public long Heads => Q.size(1);

    public long Time => Q.size(2);

    public int Key => (int)Q.size(3);

    /// <summary>Rows of the state: twice the keys with LRPE.</summary>
    public int StateKey => Theta is null ? Key : 2 * Key;

    public int Value => (int)V.size(3);

    public int Chunks => (int)((Time + ScanScratch.Tokens - 1) / ScanScratch.Tokens);
}

/// <summary>How a scan reads its inputs.</summary>
[Flags]
internal enum ScanForm
{
    None = 0,

    /// <summary>Queries pass through x sigmoid(x) first.</summary>
    SiluQueries = 1,

    /// <summary>So do keys.</summary>
    SiluKeys = 2,

    /// <summary>HGRN2's gates: with z in place of the keys and the lower bound b, a token keeps b + (1 - b) sigmoid(z),
    /// and its key is what it does not keep.</summary>
    Tied = 4,
}
