namespace LinearScaling.Compute;

/// <summary>How a model mixes tokens, as far as its cost depends on it.</summary>
public enum TokenMixer
{
    /// <summary>Softmax attention over the whole past.</summary>
    Softmax,

    /// <summary>Linear attention with a constant decay a head.</summary>
    ConstantDecay,

    /// <summary>Linear attention with a data-dependent decay a channel.</summary>
    GatedDecay,

    /// <summary>Linear attention over cosine features, without decay.</summary>
    NoDecay,
}

/// <summary>The sizes of a model that FLOPs and state sizes are functions of.</summary>
/// <param name="HiddenSize">d</param>
/// <param name="NumLayers">L</param>
/// <param name="NumHeads">H</param>
/// <param name="GluSize">g</param>
/// <param name="VocabSize">V</param>
/// <param name="Matrices">Elements of all matrices that a token is multiplied with in the blocks: token mixers and GLUs
/// of all layers.</param>
/// <param name="State">Elements of the recurrent states of all layers, one sequence; 0 for softmax attention.</param>
/// <param name="KeyValue">Elements that one token adds to the KV cache, all layers; 0 for linear attention.</param>
/// <param name="TpeExpansion">e: exponentials a channel of the Toeplitz positional encoding, 0 without it.</param>
public sealed record ModelShape(
    TokenMixer Mixer,
    long HiddenSize,
    long NumLayers,
    long NumHeads,
    long GluSize,
    long VocabSize,
    long Matrices,
    long State,
    long KeyValue,
    long TpeExpansion
)
{
    /// <summary>Elements of everything recurrent, the positional encoding's state included.</summary>
    public long RecurrentElements => State + HiddenSize * TpeExpansion;

    /// <summary>Bytes a sequence's recurrent state takes at any position; states are fp32.</summary>
    public long StateBytes => 4 * RecurrentElements;

    /// <summary>Bytes a sequence's KV cache takes at a position.</summary>
    /// <param name="tokens">Positions held.</param>
    /// <param name="bytes">Bytes of an element: 2 for bf16, 4 for fp32.</param>
    public long KeyValueBytes(long tokens, int bytes) => KeyValue * tokens * bytes;
}
