namespace LinearScaling.Torch.Ops;

/// <summary>How one call cuts its sequence: the shapes of a linear operator's arguments, checked once.</summary>
/// <remarks>Queries and keys are [batch, heads, time, key], values [batch, heads, time, value], states [batch, heads,
/// state key, value], where the state's key is twice as wide with LRPE.</remarks>
internal readonly record struct Chunks(
    long Batch,
    long Heads,
    long Time,
    long Key,
    long StateKey,
    long Value,
    long Size
)
{
    public static Chunks Cut(Tensor q, Tensor k, Tensor v, Tensor? state, int chunkSize, bool lrpe = false)
    {
        if (q.dim() != 4 || k.dim() != 4 || v.dim() != 4)
            throw new ArgumentException(
                $"q, k and v must be [batch, heads, time, head_dim], got {Shape(q)}, {Shape(k)} and {Shape(v)}"
            );
        var chunks = new Chunks(
            q.size(0),
            q.size(1),
            q.size(2),
            q.size(3),
            lrpe ? 2 * q.size(3) : q.size(3),
            v.size(3),
            Math.Min(chunkSize, q.size(2))
        );
        Check("k", k, chunks.Batch, chunks.Heads, chunks.Time, chunks.Key);
        Check("v", v, chunks.Batch, chunks.Heads, chunks.Time, chunks.Value);
        if (state is not null)
            Check("initial state", state, chunks.Batch, chunks.Heads, chunks.StateKey, chunks.Value);
        return chunks;
    }

    /// <summary>Refuses a tensor of another shape, in one line that says which, what was expected and what was
    /// found.</summary>
    public static void Check(string name, Tensor tensor, params long[] expected)
    {
        if (!tensor.shape.AsSpan().SequenceEqual(expected))
            throw new ArgumentException($"{name}: expected [{string.Join(", ", expected)}], got {Shape(tensor)}");
    }

    private static string Shape(Tensor tensor) => $"[{string.Join(", ", tensor.shape)}]";
}
