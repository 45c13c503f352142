namespace LinearScaling.Torch.Architectures;

/// <summary>The decoding state of a linear model: a few tensors whose size does not depend on the position.</summary>
public sealed class RecurrentState(int slots) : DecodingState
{
    private readonly Tensor?[] states = new Tensor?[slots];

    public override long Bytes => states.Sum(s => s is null ? 0 : s.numel() * s.ElementSize);

    /// <summary>A layer's state, or null before the first token.</summary>
    public Tensor? this[int slot]
    {
        get => states[slot];
        set
        {
            var old = states[slot];
            states[slot] = value!.detach().DetachFromDisposeScope();
            old?.Dispose();
        }
    }

    public override DecodingState Select(long[] sequences, long room = 0)
    {
        using var scope = NewDisposeScope();
        var copy = new RecurrentState(states.Length);
        var index = states.OfType<Tensor>().FirstOrDefault() is { } any ? tensor(sequences, device: any.device) : null;
        for (var slot = 0; slot < states.Length; slot++)
            if (states[slot] is { } state)
                copy[slot] = state.index_select(0, index!);
        copy.Advance(Position);
        return copy;
    }

    public override void Dispose()
    {
        foreach (var state in states)
            state?.Dispose();
    }
}
