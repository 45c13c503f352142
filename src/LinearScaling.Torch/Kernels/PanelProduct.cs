using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace LinearScaling.Torch.Kernels;

/// <summary>Products of small fp32 matrices in padded memory, a tile of the result in registers: 8 rows of 32 with
/// AVX-512, 4 rows of 16 elsewhere.</summary>
/// <remarks>libtorch's own cost more to call than to compute at these sizes, and copy matrices that are parts of
/// larger ones.</remarks>
internal static unsafe class PanelProduct
{
    /// <summary>Columns of a panel: columns of b and c come in multiples of it.</summary>
    public static int Panel => Vector512.IsHardwareAccelerated ? 32 : 16;

    /// <summary>The smallest multiple of a panel that holds so many.</summary>
    public static long Padded(long count) => (count + Panel - 1) / Panel * Panel;

    /// <summary>A factor on the left: element (i, k) lies at Start + i Row + k Depth.</summary>
    public readonly struct Left(float* start, long row, long depth)
    {
        public readonly float* Start = start;
        public readonly long Row = row;
        public readonly long Depth = depth;
    }

    /// <summary>A factor on the right: element (k, j) lies at Start + j / Panel Next + k Depth + j % Panel.</summary>
    public readonly struct Right(float* start, long depth, long next)
    {
        public readonly float* Start = start;
        public readonly long Depth = depth;
        public readonly long Next = next;

        /// <summary>Rows one after another, each so long.</summary>
        public static Right Dense(float* start, long width) => new(start, width, Panel);

        /// <summary>Panels one after another, each with so many rows.</summary>
        public static Right Panels(float* start, long depth) => new(start, Panel, depth * Panel);
    }

    /// <summary>c = a b, or c += a b.</summary>
    /// <param name="rows">A multiple of 8.</param>
    /// <param name="stride">Elements from one row of <paramref name="c"/> to the next.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(
        float* c,
        long stride,
        Left a,
        Right b,
        long rows,
        long depth,
        long columns,
        bool add = false
    )
    {
        for (var j = 0L; j < columns; j += Panel)
        {
            var panel = b.Start + j / Panel * b.Next;
            if (Vector512.IsHardwareAccelerated)
                for (var i = 0L; i < rows; i += 8)
                    EightRows(c + i * stride + j, stride, a.Start + i * a.Row, a, panel, b.Depth, depth, add);
            else
                for (var i = 0L; i < rows; i += 4)
                    FourRows(c + i * stride + j, stride, a.Start + i * a.Row, a, panel, b.Depth, depth, add);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void EightRows(
        float* c,
        long stride,
        float* first,
        Left a,
        float* b,
        long next,
        long depth,
        bool add
    )
    {
        float* a0 = first,
            a1 = a0 + a.Row,
            a2 = a1 + a.Row,
            a3 = a2 + a.Row,
            a4 = a3 + a.Row,
            a5 = a4 + a.Row,
            a6 = a5 + a.Row,
            a7 = a6 + a.Row;
        var (c00, c01, c10, c11) = (Zero512, Zero512, Zero512, Zero512);
        var (c20, c21, c30, c31) = (Zero512, Zero512, Zero512, Zero512);
        var (c40, c41, c50, c51) = (Zero512, Zero512, Zero512, Zero512);
        var (c60, c61, c70, c71) = (Zero512, Zero512, Zero512, Zero512);
        for (long k = 0, at = 0; k < depth; k++, at += a.Depth)
        {
            var (b0, b1) = (Vector512.Load(b), Vector512.Load(b + 16));
            b += next;
            var x = Vector512.Create(a0[at]);
            c00 = Vector512.FusedMultiplyAdd(x, b0, c00);
            c01 = Vector512.FusedMultiplyAdd(x, b1, c01);
            x = Vector512.Create(a1[at]);
            c10 = Vector512.FusedMultiplyAdd(x, b0, c10);
            c11 = Vector512.FusedMultiplyAdd(x, b1, c11);
            x = Vector512.Create(a2[at]);
            c20 = Vector512.FusedMultiplyAdd(x, b0, c20);
            c21 = Vector512.FusedMultiplyAdd(x, b1, c21);
            x = Vector512.Create(a3[at]);
            c30 = Vector512.FusedMultiplyAdd(x, b0, c30);
            c31 = Vector512.FusedMultiplyAdd(x, b1, c31);
            x = Vector512.Create(a4[at]);
            c40 = Vector512.FusedMultiplyAdd(x, b0, c40);
            c41 = Vector512.FusedMultiplyAdd(x, b1, c41);
            x = Vector512.Create(a5[at]);
            c50 = Vector512.FusedMultiplyAdd(x, b0, c50);
            c51 = Vector512.FusedMultiplyAdd(x, b1, c51);
            x = Vector512.Create(a6[at]);
            c60 = Vector512.FusedMultiplyAdd(x, b0, c60);
            c61 = Vector512.FusedMultiplyAdd(x, b1, c61);
            x = Vector512.Create(a7[at]);
            c70 = Vector512.FusedMultiplyAdd(x, b0, c70);
            c71 = Vector512.FusedMultiplyAdd(x, b1, c71);
        }
        Store(c, c00, c01, add);
        Store(c + stride, c10, c11, add);
        Store(c + 2 * stride, c20, c21, add);
        Store(c + 3 * stride, c30, c31, add);
        Store(c + 4 * stride, c40, c41, add);
        Store(c + 5 * stride, c50, c51, add);
        Store(c + 6 * stride, c60, c61, add);
        Store(c + 7 * stride, c70, c71, add);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourRows(float* c, long stride, float* first, Left a, float* b, long next, long depth, bool add)
    {
        float* a0 = first,
            a1 = a0 + a.Row,
            a2 = a1 + a.Row,
            a3 = a2 + a.Row;
        var (c00, c01, c10, c11) = (Zero256, Zero256, Zero256, Zero256);
        var (c20, c21, c30, c31) = (Zero256, Zero256, Zero256, Zero256);
        for (long k = 0, at = 0; k < depth; k++, at += a.Depth)
        {
            var (b0, b1) = (Vector256.Load(b), Vector256.Load(b + 8));
            b += next;
            var x = Vector256.Create(a0[at]);
            c00 = Vector256.FusedMultiplyAdd(x, b0, c00);
            c01 = Vector256.FusedMultiplyAdd(x, b1, c01);
            x = Vector256.Create(a1[at]);
            c10 = Vector256.FusedMultiplyAdd(x, b0, c10);
            c11 = Vector256.FusedMultiplyAdd(x, b1, c11);
            x = Vector256.Create(a2[at]);
            c20 = Vector256.FusedMultiplyAdd(x, b0, c20);
            c21 = Vector256.FusedMultiplyAdd(x, b1, c21);
            x = Vector256.Create(a3[at]);
            c30 = Vector256.FusedMultiplyAdd(x, b0, c30);
            c31 = Vector256.FusedMultiplyAdd(x, b1, c31);
        }
        Store(c, c00, c01, add);
        Store(c + stride, c10, c11, add);
        Store(c + 2 * stride, c20, c21, add);
        Store(c + 3 * stride, c30, c31, add);
    }

    private static Vector512<float> Zero512 => Vector512<float>.Zero;

    private static Vector256<float> Zero256 => Vector256<float>.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* c, Vector512<float> x, Vector512<float> y, bool add)
    {
        (add ? x + Vector512.Load(c) : x).Store(c);
        (add ? y + Vector512.Load(c + 16) : y).Store(c + 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* c, Vector256<float> x, Vector256<float> y, bool add)
    {
        (add ? x + Vector256.Load(c) : x).Store(c);
        (add ? y + Vector256.Load(c + 8) : y).Store(c + 8);
    }
}
