using LinearScaling.Sequences;
using LinearScaling.Torch.Ops;

namespace LinearScaling.Torch.Training;

/// <summary>Sequences as tensors on the device.</summary>
/// <param name="source">The sequences of this process.</param>
/// <param name="size">Sequences a batch.</param>
/// <param name="resetAfter">The token after which a model starts afresh; null: it never does within a sequence.</param>
/// <param name="stretch">Which tokens of each this process trains on; null: all.</param>
public sealed class Batches(ISequenceSource source, int size, int? resetAfter, Device device, Stretch? stretch = null)
{
    private readonly bool onCpu = device.type == DeviceType.CPU;

    /// <returns>Input tokens, the token after each, and the document number of each, which is null where the model
    /// never starts afresh: all int64 [size, time].</returns>
    public (Tensor Ids, Tensor Targets, Tensor? Segments) Read(long first)
    {
        var tokens = ReadTokens(source, first, size);
        tokens = (onCpu ? tokens : tokens.pin_memory().to(device, non_blocking: true)).to(ScalarType.Int64);
        var (start, length) = (stretch?.Start ?? 0, stretch?.Length ?? source.SeqLen);
        var (ids, targets) = (tokens.narrow(1, start, length), tokens.narrow(1, start + 1, length));
        if (resetAfter is not { } endOfText)
            return (ids, targets, null);
        if (start == 0)
            return (ids, targets, Segments.After(endOfText, ids));
        // A stretch's documents count from that of the token before it.
        var documents = Segments.After(endOfText, tokens.narrow(1, 0, start + length));
        return (ids, targets, documents.narrow(1, start, length) - documents.narrow(1, start - 1, 1));
    }

    /// <returns>Whole sequences from the one numbered <paramref name="first"/>, in the host's memory: int32
    /// [<paramref name="count"/>, seq_len + 1].</returns>
    public static Tensor ReadTokens(ISequenceSource source, long first, int count)
    {
        var length = source.SeqLen + 1;
        var tokens = new int[count * length];
        for (var i = 0; i < count; i++)
            source.Read(first + i, tokens.AsSpan(i * length, length));
        return tensor(tokens, [count, length]);
    }
}
