namespace LinearScaling.Torch.Ops;

/// <summary>
/// Documents packed into one sequence, as masks over a chunked call: who may see whom inside a chunk, and where the
/// carried state ends.
/// </summary>
internal sealed class Segments
{
    /// <summary>A log decay that leaves exactly nothing and is finite, so that no sum of decays is NaN.</summary>
    public const double Forget = -1e4;

    private readonly Chunks chunks;
    private readonly Tensor ids;      // [batch, chunks, size]
    private readonly Tensor last;     // [batch, chunks]: the document a chunk ends in
    private readonly Tensor entering; // [batch, chunks]: the document the carried state belongs to

    /// <param name="ids">Document numbers, int64 [batch, chunks, size], as <see cref="Ids"/> gives them.</param>
    public Segments(Tensor ids, Chunks chunks)
    {
        this.chunks = chunks;
        this.ids = ids;
        last = ids.select(2, chunks.Size - 1);
        entering = cat([ids.select(2, 0).narrow(1, 0, 1), last.narrow(1, 0, chunks.Count - 1)], 1);
    }

    public Tensor Ids => ids;

    /// <summary>Which pairs of positions lie in one document, bool [batch, time, time].</summary>
    public static Tensor Same(Tensor segments) => segments.unsqueeze(2).eq(segments.unsqueeze(1));

    public static Segments Cut(Tensor segments, Chunks chunks)
    {
        Chunks.Check("segments", segments, chunks.Batch, chunks.Time);
        if (chunks.Missing > 0)
            segments = cat([segments, segments.narrow(1, chunks.Time - 1, 1).expand(chunks.Batch, chunks.Missing)], 1);
        return new Segments(segments.reshape(chunks.Batch, chunks.Count, chunks.Size), chunks);
    }

    /// <summary>1 where query and key of one chunk lie in one document: [batch * heads * chunks, size, size].</summary>
    public Tensor Within(ScalarType type) => PerHead(ids.unsqueeze(3).eq(ids.unsqueeze(2)), type);

    /// <summary>1 for the keys whose document reaches its chunk's end: [batch * heads * chunks, size, 1].</summary>
    public Tensor ReachEnd(ScalarType type) => PerHead(ids.eq(last.unsqueeze(2)).unsqueeze(3), type);

    /// <summary>1 for the queries whose document the carried state belongs to: [batch * heads * chunks, size, 1].</summary>
    public Tensor SeeEntry(ScalarType type) => PerHead(ids.eq(entering.unsqueeze(2)).unsqueeze(3), type);

    /// <summary>The log decay of a chunk in which a document ended: [batch * heads, chunks].</summary>
    public Tensor Reset(ScalarType type) =>
        last.ne(entering).to(type).mul(Forget).unsqueeze(1).expand(chunks.Batch, chunks.Heads, chunks.Count).reshape(chunks.Rows, chunks.Count);

    private Tensor PerHead(Tensor mask, ScalarType type) => mask.to(type).unsqueeze(1)
        .expand(chunks.Batch, chunks.Heads, chunks.Count, mask.size(2), mask.size(3))
        .reshape(chunks.Rows * chunks.Count, mask.size(2), mask.size(3));
}
