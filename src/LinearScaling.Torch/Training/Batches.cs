using LinearScaling.Sequences;
using LinearScaling.Torch.Ops;

namespace LinearScaling.Torch.Training;

/// <summary>Sequences as tensors on the device.</summary>
/// <param name="size">Sequences a batch.</param>
/// <param name="resetAfter">The token after which a model starts afresh; null: it never does within a sequence.</param>
public sealed class Batches(ISequenceSource source, int size, int? resetAfter, Device device)
{
    private readonly bool onCpu = device.type == DeviceType.CPU;

    /// <returns>Input tokens, the token after each, and the document number of each, which is null where the model
    /// never starts afresh: all int64 [size, seq_len].</returns>
    public (Tensor Ids, Tensor Targets, Tensor? Segments) Read(long first)
    {
        var tokens = ReadTokens(first, size);
        tokens = (onCpu ? tokens : tokens.pin_memory().to(device, non_blocking: true)).to(ScalarType.Int64);
        var (ids, targets) = (tokens.narrow(1, 0, source.SeqLen), tokens.narrow(1, 1, source.SeqLen));
        return (ids, targets, resetAfter is { } endOfText ? Segments.After(endOfText, ids) : null);
    }

    /// <returns>Whole sequences from the one numbered <paramref name="first"/>, in the host's memory: int32
    /// [<paramref name="count"/>, seq_len + 1].</returns>
    public Tensor ReadTokens(long first, int count)
    {
        var length = source.SeqLen + 1;
        var tokens = new int[count * length];
        for (var i = 0; i < count; i++)
            source.Read(first + i, tokens.AsSpan(i * length, length));
        return tensor(tokens, [count, length]);
    }
}
