namespace LinearScaling.Torch.Ops;

/// <summary>
/// Documents packed into one sequence, as masks over a chunked call: which tokens see each other inside a chunk, and
/// where the passed state ends.
/// </summary>
internal sealed class Segments
{
    /// <summary>A log decay whose exponential is exactly 0 and which is finite, so that no sum of decays is
    /// NaN.</summary>
    public const double Forget = -1e4;

    private readonly Tensor ids; // [batch, chunks, size]
    private readonly Tensor last; // [batch, chunks]: the document a chunk ends in
    private readonly Tensor entering; // [batch, chunks]: the document the passed state belongs to
    private readonly long heads;

    /// <param name="ids">Document numbers, int64 [batch, chunks, size].</param>
    /// <param name="before">The document before the first chunk, [batch].</param>
    private Segments(Tensor ids, Tensor before, long heads)
    {
        (this.ids, this.heads) = (ids, heads);
        last = ids.select(2, -1);
        entering = cat([before.unsqueeze(1), last.narrow(1, 0, ids.size(1) - 1)], 1);
    }

    /// <summary>Those of a tile of tokens cut into chunks; a state that enters the first token belongs to its
    /// document.</summary>
    /// <param name="segments">Document numbers of whole sequences, int64 [batch, time].</param>
    public static Segments Cut(Tensor segments, long start, long tokens, long chunks, long size, long heads)
    {
        var piece = segments.narrow(1, start, tokens);
        if (chunks * size > tokens)
            piece = cat([piece, piece.narrow(1, tokens - 1, 1).expand(piece.size(0), chunks * size - tokens)], 1);
        return new(piece.reshape(-1, chunks, size), segments.select(1, Math.Max(0, start - 1)), heads);
    }

    /// <summary>Document numbers of packed sequences in which a document begins after every
    /// <paramref name="endOfText"/>, int64 [batch, time].</summary>
    public static Tensor After(long endOfText, Tensor ids)
    {
        using var scope = NewDisposeScope();
        var ends = ids.eq(endOfText).to(ScalarType.Int64);
        return (ends.cumsum(1) - ends).MoveToOuterDisposeScope();
    }

    /// <summary>Position at which each position's document begins, int64 [batch, time].</summary>
    public static Tensor Starts(Tensor segments)
    {
        using var scope = NewDisposeScope();
        var positions = arange(segments.size(1), ScalarType.Int64, segments.device).expand(segments.shape);
        var before = cat([segments.narrow(1, 0, 1), segments.narrow(1, 0, segments.size(1) - 1)], 1);
        return positions.mul(segments.ne(before)).cummax(1).values.contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>Which pairs of positions lie in one document, bool [batch, time, time].</summary>
    public static Tensor Same(Tensor segments) => segments.unsqueeze(2).eq(segments.unsqueeze(1));

    /// <summary>1 where query and key of one chunk lie in one document: [batch * heads * chunks, size, size].</summary>
    public Tensor Within(ScalarType type) => PerHead(ids.unsqueeze(3).eq(ids.unsqueeze(2)), type);

    /// <summary>1 for the keys whose document reaches its chunk's end: [batch * heads * chunks, size, 1].</summary>
    public Tensor ReachEnd(ScalarType type) => PerHead(ids.eq(last.unsqueeze(2)).unsqueeze(3), type);

    /// <summary>1 for the queries whose document the passed state belongs to: [batch * heads * chunks, size,
    /// 1].</summary>
    public Tensor SeeEntry(ScalarType type) => PerHead(ids.eq(entering.unsqueeze(2)).unsqueeze(3), type);

    /// <summary>The log decay of a chunk in which a document ended: [batch * heads, chunks].</summary>
    public Tensor Reset(ScalarType type) =>
        last.ne(entering)
            .to(type)
            .mul(Forget)
            .unsqueeze(1)
            .expand(last.size(0), heads, last.size(1))
            .reshape(-1, last.size(1));

    private Tensor PerHead(Tensor mask, ScalarType type) =>
        mask.to(type)
            .unsqueeze(1)
            .expand(mask.size(0), heads, mask.size(1), mask.size(2), mask.size(3))
            .reshape(-1, mask.size(2), mask.size(3));
}
