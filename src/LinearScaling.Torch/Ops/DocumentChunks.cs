namespace LinearScaling.Torch.Ops;

/// <summary>Packed sequences in another layout: one row of chunks in which every document starts a chunk and its last
/// chunk is padded with zeros.</summary>
internal sealed class DocumentChunks
{
    // [rows]: the position, batch * time + t, that a row holds; one past the end for a row of zeros
    private readonly Tensor source;
    private readonly Tensor target; // [batch * time]: the row a position is in
    private readonly long batch;

    private DocumentChunks(Tensor source, Tensor target, Tensor last, long batch)
    {
        this.source = source;
        this.target = target;
        this.batch = batch;
        Last = last;
    }

    /// <summary>Whether a chunk is its document's last, bool [chunks].</summary>
    public Tensor Last { get; }

    public static DocumentChunks Cut(Tensor segments, int chunkSize)
    {
        var (batch, time) = (segments.size(0), segments.size(1));
        var documents = segments.cpu().contiguous().data<long>().ToArray();
        var (source, target, last) = (new List<long>(), new long[documents.Length], new List<bool>());
        for (var position = 0; position < documents.Length; position++)
        {
            var starts = position % time == 0 || documents[position] != documents[position - 1];
            if (starts && position > 0)
            {
                source.AddRange(
                    Enumerable.Repeat((long)documents.Length, (chunkSize - source.Count % chunkSize) % chunkSize)
                );
                last[^1] = true;
            }
            if (source.Count % chunkSize == 0)
                last.Add(false);
            target[position] = source.Count;
            source.Add(position);
        }
        source.AddRange(Enumerable.Repeat((long)documents.Length, (chunkSize - source.Count % chunkSize) % chunkSize));
        var device = segments.device;
        return new(
            tensor(source.ToArray(), device: device),
            tensor(target, device: device),
            tensor(last.ToArray(), device: device),
            batch
        );
    }

    /// <summary>[batch, time, width] to [1, rows, width].</summary>
    public Tensor Pack(Tensor x)
    {
        var flat = x.flatten(0, 1);
        return cat([flat, zeros_like(flat.narrow(0, 0, 1))], 0).index_select(0, source).unsqueeze(0);
    }

    /// <summary>The inverse of <see cref="Pack"/>.</summary>
    public Tensor Unpack(Tensor y) => y.squeeze(0).index_select(0, target).view(batch, -1, y.size(2));
}
