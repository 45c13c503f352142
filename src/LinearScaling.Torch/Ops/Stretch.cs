using LinearScaling.Torch.Collectives;

namespace LinearScaling.Torch.Ops;

/// <summary>
/// The stretch of every sequence that this process computes where several share their sequences: consecutive tokens, in
/// the order of the ranks. A linear operator passes on its state, whatever the stretch's length (LASP-2, arXiv
/// 2502.07563); softmax attention gathers keys and values.
/// </summary>
/// <remarks>Document numbers of a stretch count from 0, the document of the token before its first.</remarks>
public sealed class Stretch
{
    /// <param name="ranks">The processes that share sequences.</param>
    /// <param name="seqLen">Tokens of a sequence.</param>
    public Stretch(ICollectives ranks, long seqLen)
    {
        Ranks = ranks;
        (Start, Length) = Range(ranks.Rank, ranks.Size, seqLen);
        Lengths = [.. Enumerable.Range(0, ranks.Size).Select(r => Range(r, ranks.Size, seqLen).Length)];
    }

    /// <summary>The processes that share sequences.</summary>
    public ICollectives Ranks { get; }

    /// <summary>Position of the first token in its sequence.</summary>
    public long Start { get; }

    /// <summary>Tokens of this rank's stretch.</summary>
    public long Length { get; }

    /// <summary>Tokens of every rank's stretch.</summary>
    public IReadOnlyList<long> Lengths { get; }

    /// <summary>Tokens of the longest of them.</summary>
    public long Longest => Lengths.Max();

    /// <summary>What went wrong where no exception can pass: in a backward pass that libtorch called.</summary>
    internal LostRankException? Failure { get; set; }

    /// <exception cref="LostRankException">A rank was lost in the backward pass.</exception>
    public void ThrowIfLost()
    {
        if (Failure is { } failure)
            throw failure;
    }

    /// <summary>The state that enters this stretch: what the stretches before it leave, each decayed by those
    /// between.</summary>
    /// <param name="state">What this stretch leaves when nothing enters it, [batch, heads, key, value].</param>
    /// <param name="logDecay">Its whole log decay, [batch, heads, key or 1, 1].</param>
    /// <returns>[batch, heads, key, value]; gradients of both arguments, on all ranks, take account of it.</returns>
    public Tensor Enter(Tensor state, Tensor logDecay) => StretchStates.Apply(this, state, logDecay);

    /// <summary>The log decay of a whole stretch, which forgets all where a document ends in it.</summary>
    /// <param name="logDecay">[batch or 1, heads, key or 1, 1]</param>
    /// <param name="segments">Document numbers, int64 [batch, time], or null.</param>
    /// <returns>[batch, heads, key or 1, 1]</returns>
    internal static Tensor Decay(Tensor logDecay, Tensor? segments, long batch)
    {
        var ended = segments?.select(1, -1).ne(0).to(logDecay.dtype).mul(Segments.Forget).view(-1, 1, 1, 1);
        var all = logDecay.expand(batch, logDecay.size(1), logDecay.size(2), 1);
        return ended is null ? all.contiguous() : all + ended;
    }

    /// <summary>How many tokens lie between the entry and each token of x [batch, heads, time, width], itself included:
    /// [1, 1, time, 1].</summary>
    internal static Tensor Positions(Tensor x) =>
        arange(1, x.size(2) + 1, dtype: Wide.Type(x.dtype), device: x.device).view(1, 1, -1, 1);

    /// <summary>1 where a token sees what enters the stretch: [batch, 1, time, 1].</summary>
    internal static Tensor SeesEntry(Tensor segments, ScalarType type) =>
        segments.eq(0).to(type).unsqueeze(1).unsqueeze(3);

    /// <summary>1 where a token's document reaches the end of the stretch: [batch, time, 1].</summary>
    internal static Tensor EndsIn(Tensor segments, ScalarType type) =>
        segments.eq(segments.narrow(1, segments.size(1) - 1, 1)).to(type).unsqueeze(2);

    private static (long Start, long Length) Range(int rank, int ranks, long seqLen)
    {
        var (start, end) = (seqLen * rank / ranks, seqLen * (rank + 1) / ranks);
        return (start, end - start);
    }
}
