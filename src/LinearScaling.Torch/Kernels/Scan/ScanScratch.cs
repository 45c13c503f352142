using System.Runtime.InteropServices;

namespace LinearScaling.Torch.Kernels.Scan;

/// <summary>One thread's memory for a chunk of one head, in fp32: what the tiles read and write. It fits a processor's
/// second cache.</summary>
/// <remarks>What belongs to keys is [tokens, key], what belongs to values [tokens, value]; both widths are rounded up
/// to whole tiles, and zero beyond those given.</remarks>
internal sealed unsafe class ScanScratch : IDisposable
{
    /// <summary>The most tokens of a chunk; the state that enters each is what the forward pass keeps.</summary>
    public const int Tokens = 64;

    /// <summary>Floats that rows of a width which is no multiple of a vector may be written beyond their end.</summary>
    private const int Slack = IElements.Width;

    private readonly float* memory;
    private readonly int tokens;

    /// <param name="tokens">Of a chunk.</param>
    /// <param name="key">Rows of the state.</param>
    /// <param name="value">Columns of the state.</param>
    /// <param name="turned">Channels that LRPE turns; 0: none.</param>
    /// <param name="lanes">Floats of a register.</param>
    /// <param name="gradients">Whether there is a backward pass to make.</param>
    public ScanScratch(int tokens, int key, int value, int turned, int lanes, bool gradients)
    {
        this.tokens = tokens;
        (Key, Value) = (RoundUp(key, 2 * lanes), RoundUp(value, 2 * lanes));
        var (keys, values, state, angles) = (tokens * KeyStride, tokens * ValueStride, Key * Value, tokens * turned);
        int[] counts = [keys, keys, keys, values, values, state, angles, angles];
        if (gradients)
            counts = [.. counts, values, values, keys, keys, keys, state, tokens * 4 * lanes, tokens * 8 * lanes];
        var bytes = (nuint)counts.Sum(c => RoundUp(c + Slack, Slack)) * sizeof(float);
        memory = (float*)NativeMemory.AlignedAlloc(bytes, 64);
        NativeMemory.Clear(memory, bytes);
        var offset = 0;
        var next = 0;
        Q = Take();
        K = Take();
        Keep = Take();
        V = Take();
        O = Take();
        State = Take();
        Cos = Take();
        Sin = Take();
        DO = Take();
        DV = Take();
        DQ = Take();
        DK = Take();
        DKeep = Take();
        DState = Take();
        DVLanes = Take();
        Before = Take();

        float* Take()
        {
            if (next == counts.Length)
                return null;
            var start = memory + offset;
            offset += RoundUp(counts[next++] + Slack, Slack);
            return start;
        }
    }

    public int Key { get; }

    public int Value { get; }

    /// <summary>Floats from a token's keys to the next one's: a line of the cache more than there are, since rows that
    /// lie a power of two apart share few places in it.</summary>
    public int KeyStride => Key + Slack;

    public int ValueStride => Value + Slack;

    public float* Q { get; }

    public float* K { get; }

    /// <summary>[tokens, key]; or [tokens] where all channels of a token keep the same, and then what they lose: a
    /// constant near 1 would be rounded the same way at every token.</summary>
    public float* Keep { get; }

    public float* V { get; }

    public float* O { get; }

    /// <summary>[key, value] forward, [value, key] backward.</summary>
    public float* State { get; }

    /// <summary>Of LRPE's angles, [tokens, turned].</summary>
    public float* Cos { get; }

    public float* Sin { get; }

    public float* DO { get; }

    public float* DV { get; }

    public float* DQ { get; }

    public float* DK { get; }

    public float* DKeep { get; }

    /// <summary>[value, key]</summary>
    public float* DState { get; }

    /// <summary>The gradients of four values, lane by lane, [tokens, 4, lanes].</summary>
    public float* DVLanes { get; }

    /// <summary>A tile of the state before each token, [tokens, 8, lanes].</summary>
    public float* Before { get; }

    /// <summary>Zeros the outputs of the chunk to come.</summary>
    public void ClearOutputs() => NativeMemory.Clear(O, (nuint)(tokens * ValueStride) * sizeof(float));

    /// <summary>Zeros the gradients of queries, keys and what is kept, to which tiles add.</summary>
    public void ClearGradients()
    {
        var bytes = (nuint)(tokens * KeyStride) * sizeof(float);
        NativeMemory.Clear(DQ, bytes);
        NativeMemory.Clear(DK, bytes);
        NativeMemory.Clear(DKeep, bytes);
    }

    public static int RoundUp(int count, int to) => (count + to - 1) / to * to;

    public void Dispose() => NativeMemory.AlignedFree(memory);
}
