using System.Runtime.Intrinsics;
using LinearScaling.Torch.Native;

namespace LinearScaling.Torch.Kernels.Scan;

/// <summary>Rows of a scan, forward and backward.</summary>
internal interface IScanWalk
{
    void Forward(long firstRow, long lastRow);

    void Backward(long firstRow, long lastRow);
}

/// <summary>Where the tensors of one scan lie. Whoever makes it keeps them alive.</summary>
internal sealed unsafe class ScanMemory(ScanInputs inputs, ScanForm form, long start)
{
    private readonly int chunks = inputs.Chunks;
    private long offsets;
    private float* cosOffset;
    private float* sinOffset;
    private float* cosStart;
    private float* sinStart;

    public ScanForm Form { get; } = form;

    /// <summary>Position of the first token, for LRPE.</summary>
    public long Start { get; } = start;

    public long Heads { get; } = inputs.Heads;

    /// <summary>Heads of all sequences.</summary>
    public long Rows { get; } = inputs.Batch * inputs.Heads;

    public long Time { get; } = inputs.Time;

    public int Key { get; } = inputs.Key;

    public int StateKey { get; } = inputs.StateKey;

    public int Value { get; } = inputs.Value;

    public int Chunks => chunks;

    public long StateSize => (long)StateKey * Value;

    public StridedRows Q { get; } = StridedRows.In(inputs.Q);

    public StridedRows K { get; } = StridedRows.In(inputs.K);

    public StridedRows V { get; } = StridedRows.In(inputs.V);

    public bool HasLogDecay { get; } = inputs.LogDecay is not null;

    public StridedRows LogDecay { get; } = inputs.LogDecay is null ? default : StridedRows.In(inputs.LogDecay);

    /// <summary>[heads, key], or null.</summary>
    public float* Bound { get; } = Floats(inputs.Bound);

    /// <summary>[heads], or null.</summary>
    public float* Decay { get; } = Floats(inputs.Decay);

    /// <summary>[batch, time], or null.</summary>
    public long* Ids { get; } = (long*)Address(inputs.Ids);

    /// <summary>[batch, heads, state key, value], or null.</summary>
    public float* Initial { get; } = Floats(inputs.Initial);

    /// <summary>Whether LRPE turns queries and keys.</summary>
    public bool Turned { get; } = inputs.Theta is not null;

    public StridedRows Output { get; private set; }

    /// <summary>The state that enters each chunk, [chunks, batch, heads, state key, value], or null.</summary>
    public float* Entering { get; private set; }

    /// <summary>The state after the last token, or null.</summary>
    public float* Final { get; private set; }

    public StridedRows DOutput { get; private set; }

    public float* DFinal { get; private set; }

    public StridedRows DQ { get; private set; }

    public StridedRows DK { get; private set; }

    public StridedRows DV { get; private set; }

    public StridedRows DLogDecay { get; private set; }

    /// <summary>[batch, heads, key], or null.</summary>
    public double* DBound { get; private set; }

    /// <summary>[batch, heads, key], or null.</summary>
    public double* DTheta { get; private set; }

    public float* DInitial { get; private set; }

    public void SetOutputs(Tensor output, Tensor? entering, Tensor? final)
    {
        Output = StridedRows.In(output);
        Entering = Floats(entering);
        Final = Floats(final);
    }

    public void SetGradients(Tensor dOutput, Tensor entering, Tensor? dFinal, ScanInputs gradients)
    {
        DOutput = StridedRows.In(dOutput);
        Entering = Floats(entering);
        DFinal = Floats(dFinal);
        DQ = StridedRows.In(gradients.Q);
        DK = StridedRows.In(gradients.K);
        DV = StridedRows.In(gradients.V);
        DLogDecay = gradients.LogDecay is null ? default : StridedRows.In(gradients.LogDecay);
        DBound = (double*)Address(gradients.Bound);
        DTheta = (double*)Address(gradients.Theta);
        DInitial = Floats(gradients.Initial);
    }

    /// <summary>The cosines and sines of LRPE's angles: at the tokens of a chunk [heads, tokens, key], and at the first
    /// token of each chunk [heads, chunks, key].</summary>
    public void SetAngles(Tensor cosOfOffsets, Tensor sinOfOffsets, Tensor cosOfStarts, Tensor sinOfStarts)
    {
        offsets = cosOfOffsets.size(1);
        cosOffset = Floats(cosOfOffsets);
        sinOffset = Floats(sinOfOffsets);
        cosStart = Floats(cosOfStarts);
        sinStart = Floats(sinOfStarts);
    }

    /// <summary>The cosines and sines at a chunk's tokens, [tokens, key], by the sum of two angles.</summary>
    public void Angles(long head, int chunk, int tokens, float* cos, float* sin)
    {
        var c = cosStart + (head * chunks + chunk) * Key;
        var s = sinStart + (head * chunks + chunk) * Key;
        var offset = head * offsets * Key;
        for (var t = 0; t < tokens; t++, cos += Key, sin += Key, offset += Key)
        {
            var i = 0;
            for (; i + IElements.Width <= Key; i += IElements.Width)
            {
                var (a, b) = (Vector512.Load(cosOffset + offset + i), Vector512.Load(sinOffset + offset + i));
                var (first, firstSin) = (Vector512.Load(c + i), Vector512.Load(s + i));
                (a * first - b * firstSin).Store(cos + i);
                (b * first + a * firstSin).Store(sin + i);
            }
            for (; i < Key; i++)
            {
                var (a, b) = (cosOffset[offset + i], sinOffset[offset + i]);
                cos[i] = a * c[i] - b * s[i];
                sin[i] = b * c[i] + a * s[i];
            }
        }
    }

    public ScanScratch Scratch(int lanes, bool gradients) =>
        new((int)Math.Min(ScanScratch.Tokens, Time), StateKey, Value, Turned ? Key : 0, lanes, gradients);

    private static nint Address(Tensor? x) => x is null ? 0 : TensorMemory.Start(x);

    private static float* Floats(Tensor? x) => (float*)Address(x);
}
