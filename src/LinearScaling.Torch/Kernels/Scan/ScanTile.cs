using System.Runtime.CompilerServices;

namespace LinearScaling.Torch.Kernels.Scan;

/// <summary>
/// The recurrence itself, S_t = keep_t S_{t-1} + k_t v_t', o_t = S_t' q_t, over one chunk of one head, with a tile of
/// the state in registers while all tokens pass.
/// </summary>
/// <remarks>
/// A chunk's tokens read and write a tile three times in registers (keep, add, read), so that this form needs no more
/// arithmetic than products over chunks of 64 rows, whose triangle is half wasted, and none of their memory. It is the
/// definition: no exponent, no division, nothing to cancel. The eight registers are eight locals, written out here and
/// in <see cref="ScanTileGradient"/>: .NET keeps an array, and a structure of more than four fields, in memory.
/// </remarks>
internal static unsafe class ScanTile
{
    /// <summary>Rows of the state that a tile has, each of two vectors.</summary>
    public const int Rows = 4;

    /// <summary>Outputs of the chunk in scratch, and the state after it in place of the one before.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Forward<TLanes, TKeep>(ScanScratch at, int tokens)
        where TLanes : struct, ILanes<TLanes>
        where TKeep : struct, IKeep
    {
        var (w, key, value) = (TLanes.Width, at.Key, at.Value);
        var (keyStride, valueStride) = (at.KeyStride, at.ValueStride);
        for (var j = 0; j < value; j += 2 * w)
        for (var i = 0; i < key; i += Rows)
        {
            var tile = at.State + i * value + j;
            var (s00, s01) = (TLanes.Load(tile), TLanes.Load(tile + w));
            var (s10, s11) = (TLanes.Load(tile + value), TLanes.Load(tile + value + w));
            var (s20, s21) = (TLanes.Load(tile + 2 * value), TLanes.Load(tile + 2 * value + w));
            var (s30, s31) = (TLanes.Load(tile + 3 * value), TLanes.Load(tile + 3 * value + w));
            var q = at.Q + i;
            var k = at.K + i;
            var v = at.V + j;
            var o = at.O + j;
            var keep = TKeep.PerChannel ? at.Keep + i : at.Keep;
            for (var t = 0; t < tokens; t++)
            {
                if (TKeep.PerToken)
                {
                    var f = TLanes.All(-keep[t]);
                    (s00, s01) = (TLanes.MultiplyAdd(f, s00, s00), TLanes.MultiplyAdd(f, s01, s01));
                    (s10, s11) = (TLanes.MultiplyAdd(f, s10, s10), TLanes.MultiplyAdd(f, s11, s11));
                    (s20, s21) = (TLanes.MultiplyAdd(f, s20, s20), TLanes.MultiplyAdd(f, s21, s21));
                    (s30, s31) = (TLanes.MultiplyAdd(f, s30, s30), TLanes.MultiplyAdd(f, s31, s31));
                }
                if (TKeep.PerChannel)
                {
                    var f = TLanes.All(keep[0]);
                    (s00, s01) = (s00 * f, s01 * f);
                    f = TLanes.All(keep[1]);
                    (s10, s11) = (s10 * f, s11 * f);
                    f = TLanes.All(keep[2]);
                    (s20, s21) = (s20 * f, s21 * f);
                    f = TLanes.All(keep[3]);
                    (s30, s31) = (s30 * f, s31 * f);
                    keep += keyStride;
                }
                var (v0, v1) = (TLanes.Load(v), TLanes.Load(v + w));
                var (o0, o1) = (TLanes.Load(o), TLanes.Load(o + w));
                var x = TLanes.All(k[0]);
                (s00, s01) = (TLanes.MultiplyAdd(x, v0, s00), TLanes.MultiplyAdd(x, v1, s01));
                x = TLanes.All(k[1]);
                (s10, s11) = (TLanes.MultiplyAdd(x, v0, s10), TLanes.MultiplyAdd(x, v1, s11));
                x = TLanes.All(k[2]);
                (s20, s21) = (TLanes.MultiplyAdd(x, v0, s20), TLanes.MultiplyAdd(x, v1, s21));
                x = TLanes.All(k[3]);
                (s30, s31) = (TLanes.MultiplyAdd(x, v0, s30), TLanes.MultiplyAdd(x, v1, s31));
                x = TLanes.All(q[0]);
                (o0, o1) = (TLanes.MultiplyAdd(x, s00, o0), TLanes.MultiplyAdd(x, s01, o1));
                x = TLanes.All(q[1]);
                (o0, o1) = (TLanes.MultiplyAdd(x, s10, o0), TLanes.MultiplyAdd(x, s11, o1));
                x = TLanes.All(q[2]);
                (o0, o1) = (TLanes.MultiplyAdd(x, s20, o0), TLanes.MultiplyAdd(x, s21, o1));
                x = TLanes.All(q[3]);
                (o0, o1) = (TLanes.MultiplyAdd(x, s30, o0), TLanes.MultiplyAdd(x, s31, o1));
                o0.Store(o);
                o1.Store(o + w);
                q += keyStride;
                k += keyStride;
                v += valueStride;
                o += valueStride;
            }
            s00.Store(tile);
            s01.Store(tile + w);
            s10.Store(tile + value);
            s11.Store(tile + value + w);
            s20.Store(tile + 2 * value);
            s21.Store(tile + 2 * value + w);
            s30.Store(tile + 3 * value);
            s31.Store(tile + 3 * value + w);
        }
    }
}
