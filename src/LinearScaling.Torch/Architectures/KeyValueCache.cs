using System.Numerics;

namespace LinearScaling.Torch.Architectures;

/// <summary>The decoding state of softmax attention: keys and values of every position so far, in buffers that grow by
/// 1,024 positions, and double below that.</summary>
public sealed class KeyValueCache(int numLayers) : DecodingState
{
    private const long FirstCapacity = 64;
    private const long Growth = 1024;

    private readonly (Tensor Keys, Tensor Values)?[] layers = new (Tensor, Tensor)?[numLayers];

    public override long Bytes =>
        layers.Sum(l => l is { } layer ? (layer.Keys.numel() + layer.Values.numel()) * layer.Keys.ElementSize : 0);

    /// <summary>Adds new positions after those seen and returns all of them; k and v are [batch, kv heads, time,
    /// head_dim].</summary>
    public (Tensor Keys, Tensor Values) Append(int layer, Tensor k, Tensor v)
    {
        var length = Position + k.size(2);
        if (layers[layer] is not { } held || held.Keys.size(2) < length)
            layers[layer] = (Grown(layers[layer]?.Keys, k, length), Grown(layers[layer]?.Values, v, length));
        var (keys, values) = layers[layer]!.Value;
        keys.narrow(2, Position, k.size(2)).copy_(k);
        values.narrow(2, Position, v.size(2)).copy_(v);
        return (keys.narrow(2, 0, length), values.narrow(2, 0, length));
    }

    public override DecodingState Select(long[] sequences, long room = 0)
    {
        using var scope = NewDisposeScope();
        var copy = new KeyValueCache(layers.Length);
        for (var i = 0; i < layers.Length; i++)
            if (layers[i] is { } layer)
            {
                var index = tensor(sequences, device: layer.Keys.device);
                copy.layers[i] = (Selected(layer.Keys, index, room), Selected(layer.Values, index, room));
            }
        copy.Advance(Position);
        return copy;
    }

    public override void Dispose()
    {
        foreach (var layer in layers)
        {
            layer?.Keys.Dispose();
            layer?.Values.Dispose();
        }
    }

    private Tensor Selected(Tensor held, Tensor index, long room)
    {
        var selected = empty([index.size(0), held.size(1), Position + room, held.size(3)], held.dtype, held.device)
            .DetachFromDisposeScope();
        selected.narrow(2, 0, Position).copy_(held.narrow(2, 0, Position).index_select(0, index));
        return selected;
    }

    private Tensor Grown(Tensor? old, Tensor like, long length)
    {
        var capacity =
            length < Growth
                ? Math.Max(FirstCapacity, (long)BitOperations.RoundUpToPowerOf2((ulong)length))
                : (length + Growth - 1) / Growth * Growth;
        var grown = empty([like.size(0), like.size(1), capacity, like.size(3)], like.dtype, like.device)
            .DetachFromDisposeScope();
        if (old is not null)
        {
            grown.narrow(2, 0, Position).copy_(old.narrow(2, 0, Position));
            old.Dispose();
        }
        return grown;
    }
}
