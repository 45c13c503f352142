namespace LinearScaling.Torch.Ops;

/// <summary>How one call cuts its sequence: the shapes of a linear operator's arguments, checked once.</summary>
/// <remarks>Queries and keys are [batch, heads, time, key], values [batch, heads, time, value], states [batch, heads, key, value].</remarks>
internal readonly record struct Chunks(long Batch, long Heads, long Time, long Key, long Value, long Size)
{
    /// <summary>Chunks a sequence; the last one may be partial.</summary>
    public long Count => (Time + Size - 1) / Size;

    public long Missing => Count * Size - Time;

    /// <summary>Rows of the last chunk.</summary>
    public long LastRows => Size - Missing;

    /// <summary>Sequences times heads.</summary>
    public long Rows => Batch * Heads;

    public static Chunks Of(Tensor q, Tensor k, Tensor v, Tensor? state, int chunkSize)
    {
        if (q.dim() != 4 || k.dim() != 4 || v.dim() != 4)
            throw new ArgumentException($"q, k and v must be [batch, heads, time, head_dim], got {Shape(q)}, {Shape(k)} and {Shape(v)}");
        var chunks = new Chunks(q.size(0), q.size(1), q.size(2), q.size(3), v.size(3), Math.Min(chunkSize, q.size(2)));
        Check("k", k, chunks.Batch, chunks.Heads, chunks.Time, chunks.Key);
        Check("v", v, chunks.Batch, chunks.Heads, chunks.Time, chunks.Value);
        if (state is not null)
            Check("initial state", state, chunks.Batch, chunks.Heads, chunks.Key, chunks.Value);
        return chunks;
    }

    /// <summary>Refuses a tensor of another shape, in one line that says which, what was expected and what was found.</summary>
    public static void Check(string name, Tensor tensor, params long[] expected)
    {
        if (!tensor.shape.AsSpan().SequenceEqual(expected))
            throw new ArgumentException($"{name}: expected [{string.Join(", ", expected)}], got {Shape(tensor)}");
    }

    /// <summary>[batch, heads, time, width] to [batch * heads * chunks, size, width], the last chunk filled up with zeros.</summary>
    public Tensor Cut(Tensor x) => (Missing == 0 ? x : nn.functional.pad(x, [0, 0, 0, Missing])).reshape(Rows * Count, Size, x.size(3)).contiguous();

    /// <summary>The inverse of <see cref="Cut"/>.</summary>
    public Tensor Join(Tensor x)
    {
        var whole = x.view(Batch, Heads, Count * Size, x.size(2));
        return Missing == 0 ? whole : whole.narrow(2, 0, Time);
    }

    private static string Shape(Tensor tensor) => $"[{string.Join(", ", tensor.shape)}]";
}
