using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace LinearScaling.Torch.Kernels.Scan;

/// <summary>A chunk's rows of one head on their way into <see cref="ScanScratch"/>, and gradients on their way out:
/// activations, gates and LRPE's turn happen here, in fp32, and nothing of them is kept.</summary>
internal static unsafe class ScanRows
{
    /// <summary>Rows as they are, or through x sigmoid(x).</summary>
    /// <param name="first">Index of the first row.</param>
    /// <param name="to">[tokens, <paramref name="stride"/>]</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Read<T>(StridedRows from, long first, int tokens, bool silu, float* to, int stride)
        where T : struct, IElements
    {
        for (var t = 0; t < tokens; t++)
        for (var i = 0; i < from.Width; i += IElements.Width)
        {
            var x = Part<T>(from.Memory, first + t * from.Step + i, from.Width - i);
            (silu ? x * Sigmoid(x) : x).Store(to + t * stride + i);
        }
    }

    /// <summary>The exponentials of log decays.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ReadDecays(StridedRows from, long first, int tokens, float* to, int stride)
    {
        for (var t = 0; t < tokens; t++)
        for (var i = 0; i < from.Width; i += IElements.Width)
            FastExp
                .Exp(Part<Fp32Elements>(from.Memory, first + t * from.Step + i, from.Width - i))
                .Store(to + t * stride + i);
    }

    /// <summary>What HGRN2 keeps, and its keys, from the logits of its forget gates.</summary>
    /// <param name="bound">Lower bounds [width], or null for 0.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ReadGates<T>(
        StridedRows from,
        long first,
        int tokens,
        float* bound,
        float* keep,
        float* key,
        int stride
    )
        where T : struct, IElements
    {
        for (var i = 0; i < from.Width; i += IElements.Width)
        {
            var count = from.Width - i;
            var low = bound == null ? default : Part<Fp32Elements>(bound, i, count);
            // beyond the width nothing is a key
            var open = Vector512.ConditionalSelect(Within(count), Vector512<float>.One - low, default);
            for (var t = 0; t < tokens; t++)
            {
                var z = Part<T>(from.Memory, first + t * from.Step + i, count);
                (low + open * Sigmoid(z)).Store(keep + t * stride + i);
                (open * Sigmoid(-z)).Store(key + t * stride + i);
            }
        }
    }

    /// <summary>LRPE: each row becomes its products with the cosines, then those with the sines.</summary>
    /// <param name="rows">[tokens, <paramref name="stride"/>], of which the first <paramref name="width"/> are
    /// given.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Turn(float* rows, int stride, int tokens, int width, float* cos, float* sin)
    {
        for (var t = 0; t < tokens; t++)
        {
            var row = rows + t * stride;
            var i = 0;
            for (; i + IElements.Width <= width; i += IElements.Width)
            {
                var x = Vector512.Load(row + i);
                (x * Vector512.Load(sin + t * width + i)).Store(row + width + i);
                (x * Vector512.Load(cos + t * width + i)).Store(row + i);
            }
            for (; i < width; i++)
                (row[width + i], row[i]) = (row[i] * sin[t * width + i], row[i] * cos[t * width + i]);
        }
    }

    /// <summary>The gradients of rows that <see cref="Read"/> and <see cref="Turn"/> have read.</summary>
    /// <param name="gradient">[tokens, <paramref name="stride"/>]</param>
    /// <param name="cos">Of the angles, [tokens, width]; null: not turned.</param>
    /// <param name="angles">Receives (is added) the gradient of each channel's angle, summed over the tokens, and after
    /// those the same weighted with the token's number in the chunk, [2, width].</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Write<T>(
        float* gradient,
        int stride,
        int tokens,
        bool silu,
        float* cos,
        float* sin,
        float* angles,
        StridedRows from,
        long first,
        StridedRows to,
        long firstTo
    )
        where T : struct, IElements
    {
        var width = from.Width;
        for (var t = 0; t < tokens; t++)
        for (var i = 0; i < width; i += IElements.Width)
        {
            var count = width - i;
            var x = Part<T>(from.Memory, first + t * from.Step + i, count);
            var d = Vector512.Load(gradient + t * stride + i);
            var open = silu ? Sigmoid(x) : Vector512<float>.One;
            if (cos != null)
            {
                var (c, s) = (Vector512.Load(cos + t * width + i), Vector512.Load(sin + t * width + i));
                var dSin = Vector512.Load(gradient + t * stride + width + i);
                var dAngle = (dSin * c - d * s) * (x * open);
                Add(angles + i, dAngle, count);
                Add(angles + width + i, dAngle * t, count);
                d = d * c + dSin * s;
            }
            if (silu)
                d *= open * (Vector512<float>.One + x * (Vector512<float>.One - open));
            StorePart<T>(d, to.Memory, firstTo + t * to.Step + i, count);
        }
    }

    /// <summary>Gradients of log decays.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void WriteDecays(float* gradient, float* keep, int stride, int tokens, StridedRows to, long first)
    {
        for (var t = 0; t < tokens; t++)
        for (var i = 0; i < to.Width; i += IElements.Width)
            StorePart<Fp32Elements>(
                Vector512.Load(gradient + t * stride + i) * Vector512.Load(keep + t * stride + i),
                to.Memory,
                first + t * to.Step + i,
                to.Width - i
            );
    }

    /// <summary>Gradients of the logits of HGRN2's gates.</summary>
    /// <param name="dKeep">[tokens, <paramref name="stride"/>], and <paramref name="dKey"/> alike.</param>
    /// <param name="dBound">Receives (is added) the gradient of the lower bounds [width]; null: there are none.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void WriteGates<T>(
        float* dKeep,
        float* dKey,
        int stride,
        int tokens,
        float* bound,
        float* dBound,
        StridedRows from,
        long first,
        StridedRows to,
        long firstTo
    )
        where T : struct, IElements
    {
        for (var i = 0; i < from.Width; i += IElements.Width)
        {
            var count = from.Width - i;
            var open = Vector512<float>.One - (bound == null ? default : Part<Fp32Elements>(bound, i, count));
            var sum = Vector512<float>.Zero;
            for (var t = 0; t < tokens; t++)
            {
                var z = Part<T>(from.Memory, first + t * from.Step + i, count);
                var both = Vector512.Load(dKeep + t * stride + i) - Vector512.Load(dKey + t * stride + i);
                both *= Sigmoid(-z);
                sum += both;
                StorePart<T>(both * open * Sigmoid(z), to.Memory, firstTo + t * to.Step + i, count);
            }
            if (dBound != null)
                Add(dBound + i, sum, count);
        }
    }

    /// <summary>A matrix, rows and columns changed.</summary>
    /// <param name="from">[rows, columns] in rows of <paramref name="strideFrom"/>.</param>
    /// <param name="to">[columns, rows] in rows of <paramref name="strideTo"/>.</param>
    public static void Transpose(float* from, int rows, int columns, int strideFrom, float* to, int strideTo)
    {
        for (var j = 0; j < columns; j += 8) // a line of the cache at a time
        for (var i = 0; i < rows; i++)
        for (var c = j; c < Math.Min(j + 8, columns); c++)
            to[c * strideTo + i] = from[i * strideFrom + c];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Part<T>(void* from, long index, int count)
        where T : struct, IElements => count >= IElements.Width ? T.Load(from, index) : Few<T>(from, index, count);

    private static Vector512<float> Few<T>(void* from, long index, int count)
        where T : struct, IElements
    {
        var row = stackalloc float[IElements.Width];
        for (var i = 0; i < IElements.Width; i++)
            row[i] = i < count ? T.One(from, index + i) : 0;
        return Vector512.Load(row);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StorePart<T>(Vector512<float> values, void* to, long index, int count)
        where T : struct, IElements
    {
        if (count >= IElements.Width)
            T.Store(values, to, index);
        else
            for (var i = 0; i < count; i++)
                T.StoreOne(values[i], to, index + i);
    }

    private static void Add(float* to, Vector512<float> values, int count) =>
        StorePart<Fp32Elements>(Part<Fp32Elements>(to, 0, count) + values, to, 0, count);

    private static Vector512<float> Within(int count) =>
        Vector512.LessThan(Vector512<int>.Indices, Vector512.Create(count)).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Sigmoid(Vector512<float> x) =>
        Vector512<float>.One / (Vector512<float>.One + FastExp.Exp(-x));
}
