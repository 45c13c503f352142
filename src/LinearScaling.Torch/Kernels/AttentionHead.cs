using System.Runtime.CompilerServices;
using static LinearScaling.Torch.Kernels.PanelProduct;

namespace LinearScaling.Torch.Kernels;

/// <summary>Causal softmax attention of one sequence's queries that share a head of keys and values, 32 queries after
/// another, each block with the keys that it sees.</summary>
/// <param name="memory">fp32, <see cref="Floats"/> of it.</param>
internal unsafe ref struct AttentionHead<T>(float* memory, long time, long width)
    where T : struct, IElements
{
    /// <summary>Queries of a block: few, so that little of its last, square part is computed in vain, and its scores
    /// stay in the nearest caches.</summary>
    private const long Block = 32;

    private readonly long room = (time + Block - 1) / Block * Block; // Block is a multiple of every Panel
    private readonly long padded = Padded(width);
    private readonly float scale = 1 / MathF.Sqrt(width);
    private float* next = memory;

    private float* keys, // [room, padded]
        values,
        turnedKeys, // panels of [width, Panel]
        turnedValues,
        scores, // [Block, Stride]
        dScores,
        query, // [Block, padded]
        output,
        dKeys, // [room, padded]
        dValues;

    /// <summary>Of a row of scores: not a multiple of 4 KiB, where all rows would share a few places of a
    /// cache.</summary>
    private readonly long Stride => room + 16;

    /// <summary>Memory that a head needs.</summary>
    public static long Floats(long time, long width, bool back)
    {
        var (room, padded) = ((time + Block - 1) / Block * Block, Padded(width));
        var (matrices, blocks) = back ? (5, 2) : (2, 1);
        return matrices * room * padded + blocks * Block * (room + 16) + 2 * Block * padded;
    }

    /// <summary>Takes over a head's keys and values.</summary>
    public void Read(HeadRows<T> k, HeadRows<T> v, bool back)
    {
        scores = Take(Block * Stride);
        query = Take(Block * padded);
        output = Take(Block * padded);
        turnedKeys = Take(room * padded);
        Turn(k, turnedKeys);
        values = Take(room * padded);
        if (!back)
        {
            Copy(v, 0, room, values);
            return;
        }
        dScores = Take(Block * Stride);
        turnedValues = values;
        Turn(v, turnedValues);
        keys = Take(room * padded);
        Copy(k, 0, room, keys);
        dKeys = Take(room * padded);
        dValues = Take(room * padded);
        new Span<float>(dKeys, checked((int)(2 * room * padded))).Clear();
    }

    /// <param name="starts">First key that each query sees, or null for the sequence's.</param>
    /// <param name="logSums">Receives a number a query that <see cref="Backward"/> needs.</param>
    public readonly void Forward(HeadRows<T> q, HeadRows<T> o, float* logSums, long* starts)
    {
        for (var start = 0L; start < time; start += Block)
        {
            var (first, count) = Seen(start, starts);
            Score(q, start, first, count);
            for (var i = 0L; i < Block; i++)
                if (start + i < time)
                    logSums[start + i] = AttentionRows.Softmax(
                        scores + i * Stride,
                        From(starts, start + i) - first,
                        start + i + 1 - first,
                        count,
                        scale
                    );
                else
                    AttentionRows.Clear(scores + i * Stride, count);
            var weights = new Left(scores, Stride, 1);
            Multiply(output, padded, weights, Right.Dense(values + first * padded, padded), Block, count, padded);
            o.Write(output, padded, start, Math.Min(Block, time - start), width);
        }
    }

    /// <summary>Adds to the gradients of keys and values, and writes those of the queries.</summary>
    public readonly void Backward(HeadRows<T> q, HeadRows<T> dq, HeadRows<T> d, float* logSums, long* starts)
    {
        for (var start = 0L; start < time; start += Block)
        {
            var (first, count) = Seen(start, starts);
            Score(q, start, first, count);
            Copy(d, start, Block, output);
            var (key, value) = (first * padded, first * width);
            var rows = new Left(output, padded, 1);
            Multiply(dScores, Stride, rows, Right.Panels(turnedValues + value, width), Block, width, count);
            for (var i = 0L; i < Block; i++)
                if (start + i < time)
                    AttentionRows.Gradients(
                        scores + i * Stride,
                        dScores + i * Stride,
                        logSums[start + i],
                        From(starts, start + i) - first,
                        start + i + 1 - first,
                        count,
                        scale
                    );
                else
                {
                    AttentionRows.Clear(scores + i * Stride, count);
                    AttentionRows.Clear(dScores + i * Stride, count);
                }
            var (weights, gradients) = (new Left(scores, 1, Stride), new Left(dScores, 1, Stride));
            Multiply(dValues + key, padded, weights, Right.Dense(output, padded), count, Block, padded, add: true);
            Multiply(dKeys + key, padded, gradients, Right.Dense(query, padded), count, Block, padded, add: true);
            var across = new Left(dScores, Stride, 1);
            Multiply(output, padded, across, Right.Dense(keys + key, padded), Block, count, padded);
            dq.Write(output, padded, start, Math.Min(Block, time - start), width);
        }
    }

    public readonly void Write(HeadRows<T> dk, HeadRows<T> dv)
    {
        dk.Write(dKeys, padded, 0, time, width);
        dv.Write(dValues, padded, 0, time, width);
    }

    /// <summary>Products of a block's queries with the keys from <paramref name="first"/> on.</summary>
    private readonly void Score(HeadRows<T> q, long start, long first, long count)
    {
        Copy(q, start, Block, query);
        var rows = new Left(query, padded, 1);
        Multiply(scores, Stride, rows, Right.Panels(turnedKeys + first * width, width), Block, width, count);
    }

    /// <summary>The keys that a block's queries see, in whole panels.</summary>
    private static (long First, long Count) Seen(long start, long* starts)
    {
        var first = From(starts, start) / Block * Block;
        return (first, start + Block - first);
    }

    private static long From(long* starts, long query) => starts is null ? 0 : starts[query];

    private float* Take(long floats)
    {
        var taken = next;
        next += floats;
        return taken;
    }

    /// <summary>Rows as fp32, with zeros where there are none.</summary>
    private readonly void Copy(HeadRows<T> x, long start, long count, float* to)
    {
        for (var i = 0L; i < count; i++)
        {
            var row = to + i * padded;
            var there = start + i < time;
            if (there)
                x.Read(start + i, row, width);
            new Span<float>(row + (there ? width : 0), (int)(there ? padded - width : padded)).Clear();
        }
    }

    /// <summary>The transpose, in panels.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void Turn(HeadRows<T> x, float* to)
    {
        for (var i = 0L; i < room; i++)
        {
            if (i < time)
                x.Read(i, query, width);
            var column = to + i / Panel * Panel * width + i % Panel;
            for (var j = 0L; j < width; j++)
                column[j * Panel] = i < time ? query[j] : 0;
        }
    }
}
