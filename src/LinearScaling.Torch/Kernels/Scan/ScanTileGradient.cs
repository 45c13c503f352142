using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace LinearScaling.Torch.Kernels.Scan;

/// <summary>Gradients of <see cref="ScanTile"/>'s recurrence over one chunk of one head.</summary>
/// <remarks>
/// With G_t the gradient of S_t: dq_t = S_t do_t, dk_t = G_t v_t, dv_t = G_t' k_t, and the gradient of keep_t is the
/// dot product of G_t and S_{t-1}, channel by channel. Each tile first runs forward and remembers every S_{t-1}, then
/// back: the shorter formula q dq - k dk for decays cancels behind a shut gate, this one does not.
/// </remarks>
internal static unsafe class ScanTileGradient
{
    /// <summary>Columns of the state that a tile has, each of two vectors.</summary>
    public const int Columns = ScanTile.Rows;

    /// <summary>
    /// Gradients of the chunk in scratch, and that of the state before it in place of that of the state after it.
    /// States are transposed here, [value, key], so that the sums over values are of whole registers.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Backward<TLanes, TKeep>(ScanScratch at, int tokens)
        where TLanes : struct, ILanes<TLanes>
        where TKeep : struct, IKeep
    {
        var (w, key, value) = (TLanes.Width, at.Key, at.Value);
        for (var j = 0; j < value; j += Columns)
        {
            for (var i = 0; i < key; i += 2 * w)
            {
                Again<TLanes, TKeep>(at, tokens, i, j);
                Back<TLanes, TKeep>(at, tokens, i, j);
            }
            for (var t = 0; t < tokens; t++)
            {
                var part = at.DVLanes + t * Columns * w;
                TLanes
                    .Sums(
                        TLanes.Load(part),
                        TLanes.Load(part + w),
                        TLanes.Load(part + 2 * w),
                        TLanes.Load(part + 3 * w)
                    )
                    .Store(at.DV + t * at.ValueStride + j);
            }
        }
    }

    /// <summary>A tile's states from the one that enters the chunk, and the gradients of queries, which read
    /// them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Again<TLanes, TKeep>(ScanScratch at, int tokens, int i, int j)
        where TLanes : struct, ILanes<TLanes>
        where TKeep : struct, IKeep
    {
        var (w, key) = (TLanes.Width, at.Key);
        var (keyStride, valueStride) = (at.KeyStride, at.ValueStride);
        var tile = at.State + j * key + i;
        var (s00, s01) = (TLanes.Load(tile), TLanes.Load(tile + w));
        var (s10, s11) = (TLanes.Load(tile + key), TLanes.Load(tile + key + w));
        var (s20, s21) = (TLanes.Load(tile + 2 * key), TLanes.Load(tile + 2 * key + w));
        var (s30, s31) = (TLanes.Load(tile + 3 * key), TLanes.Load(tile + 3 * key + w));
        var k = at.K + i;
        var dq = at.DQ + i;
        var v = at.V + j;
        var dO = at.DO + j;
        var before = at.Before;
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
                s00.Store(before);
                s01.Store(before + w);
                s10.Store(before + 2 * w);
                s11.Store(before + 3 * w);
                s20.Store(before + 4 * w);
                s21.Store(before + 5 * w);
                s30.Store(before + 6 * w);
                s31.Store(before + 7 * w);
                before += 8 * w;
                var (f0, f1) = (TLanes.Load(keep), TLanes.Load(keep + w));
                (s00, s01, s10, s11) = (s00 * f0, s01 * f1, s10 * f0, s11 * f1);
                (s20, s21, s30, s31) = (s20 * f0, s21 * f1, s30 * f0, s31 * f1);
                keep += keyStride;
            }
            var (k0, k1) = (TLanes.Load(k), TLanes.Load(k + w));
            var x = TLanes.All(v[0]);
            (s00, s01) = (TLanes.MultiplyAdd(x, k0, s00), TLanes.MultiplyAdd(x, k1, s01));
            x = TLanes.All(v[1]);
            (s10, s11) = (TLanes.MultiplyAdd(x, k0, s10), TLanes.MultiplyAdd(x, k1, s11));
            x = TLanes.All(v[2]);
            (s20, s21) = (TLanes.MultiplyAdd(x, k0, s20), TLanes.MultiplyAdd(x, k1, s21));
            x = TLanes.All(v[3]);
            (s30, s31) = (TLanes.MultiplyAdd(x, k0, s30), TLanes.MultiplyAdd(x, k1, s31));
            var (d0, d1) = (TLanes.Load(dq), TLanes.Load(dq + w));
            x = TLanes.All(dO[0]);
            (d0, d1) = (TLanes.MultiplyAdd(x, s00, d0), TLanes.MultiplyAdd(x, s01, d1));
            x = TLanes.All(dO[1]);
            (d0, d1) = (TLanes.MultiplyAdd(x, s10, d0), TLanes.MultiplyAdd(x, s11, d1));
            x = TLanes.All(dO[2]);
            (d0, d1) = (TLanes.MultiplyAdd(x, s20, d0), TLanes.MultiplyAdd(x, s21, d1));
            x = TLanes.All(dO[3]);
            (d0, d1) = (TLanes.MultiplyAdd(x, s30, d0), TLanes.MultiplyAdd(x, s31, d1));
            d0.Store(dq);
            d1.Store(dq + w);
            k += keyStride;
            dq += keyStride;
            v += valueStride;
            dO += valueStride;
        }
    }

    /// <summary>The gradient of a tile's states, from the chunk's last token to its first, and of what it
    /// meets.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Back<TLanes, TKeep>(ScanScratch at, int tokens, int i, int j)
        where TLanes : struct, ILanes<TLanes>
        where TKeep : struct, IKeep
    {
        var (w, key, last) = (TLanes.Width, at.Key, tokens - 1);
        var (keyStride, valueStride) = (at.KeyStride, at.ValueStride);
        var tile = at.DState + j * key + i;
        var (g00, g01) = (TLanes.Load(tile), TLanes.Load(tile + w));
        var (g10, g11) = (TLanes.Load(tile + key), TLanes.Load(tile + key + w));
        var (g20, g21) = (TLanes.Load(tile + 2 * key), TLanes.Load(tile + 2 * key + w));
        var (g30, g31) = (TLanes.Load(tile + 3 * key), TLanes.Load(tile + 3 * key + w));
        var q = at.Q + last * keyStride + i;
        var k = at.K + last * keyStride + i;
        var dk = at.DK + last * keyStride + i;
        var v = at.V + last * valueStride + j;
        var dO = at.DO + last * valueStride + j;
        var dv = at.DVLanes + last * Columns * w;
        var keep = at.Keep + last * keyStride + i;
        var dKeep = at.DKeep + last * keyStride + i;
        var before = at.Before + last * 8 * w;
        for (var t = last; t >= 0; t--)
        {
            var (q0, q1) = (TLanes.Load(q), TLanes.Load(q + w));
            var x = TLanes.All(dO[0]);
            (g00, g01) = (TLanes.MultiplyAdd(x, q0, g00), TLanes.MultiplyAdd(x, q1, g01));
            x = TLanes.All(dO[1]);
            (g10, g11) = (TLanes.MultiplyAdd(x, q0, g10), TLanes.MultiplyAdd(x, q1, g11));
            x = TLanes.All(dO[2]);
            (g20, g21) = (TLanes.MultiplyAdd(x, q0, g20), TLanes.MultiplyAdd(x, q1, g21));
            x = TLanes.All(dO[3]);
            (g30, g31) = (TLanes.MultiplyAdd(x, q0, g30), TLanes.MultiplyAdd(x, q1, g31));
            var (d0, d1) = (TLanes.Load(dk), TLanes.Load(dk + w));
            x = TLanes.All(v[0]);
            (d0, d1) = (TLanes.MultiplyAdd(x, g00, d0), TLanes.MultiplyAdd(x, g01, d1));
            x = TLanes.All(v[1]);
            (d0, d1) = (TLanes.MultiplyAdd(x, g10, d0), TLanes.MultiplyAdd(x, g11, d1));
            x = TLanes.All(v[2]);
            (d0, d1) = (TLanes.MultiplyAdd(x, g20, d0), TLanes.MultiplyAdd(x, g21, d1));
            x = TLanes.All(v[3]);
            (d0, d1) = (TLanes.MultiplyAdd(x, g30, d0), TLanes.MultiplyAdd(x, g31, d1));
            d0.Store(dk);
            d1.Store(dk + w);
            var (k0, k1) = (TLanes.Load(k), TLanes.Load(k + w));
            var (p0, p1) = (g00 * k0, g10 * k0);
            var (p2, p3) = (g20 * k0, g30 * k0);
            (p0, p1) = (TLanes.MultiplyAdd(g01, k1, p0), TLanes.MultiplyAdd(g11, k1, p1));
            (p2, p3) = (TLanes.MultiplyAdd(g21, k1, p2), TLanes.MultiplyAdd(g31, k1, p3));
            if (i > 0)
            {
                (p0, p1) = (p0 + TLanes.Load(dv), p1 + TLanes.Load(dv + w));
                (p2, p3) = (p2 + TLanes.Load(dv + 2 * w), p3 + TLanes.Load(dv + 3 * w));
            }
            p0.Store(dv);
            p1.Store(dv + w);
            p2.Store(dv + 2 * w);
            p3.Store(dv + 3 * w);
            if (TKeep.PerToken)
            {
                var f = TLanes.All(-at.Keep[t]);
                (g00, g01) = (TLanes.MultiplyAdd(f, g00, g00), TLanes.MultiplyAdd(f, g01, g01));
                (g10, g11) = (TLanes.MultiplyAdd(f, g10, g10), TLanes.MultiplyAdd(f, g11, g11));
                (g20, g21) = (TLanes.MultiplyAdd(f, g20, g20), TLanes.MultiplyAdd(f, g21, g21));
                (g30, g31) = (TLanes.MultiplyAdd(f, g30, g30), TLanes.MultiplyAdd(f, g31, g31));
            }
            if (TKeep.PerChannel)
            {
                (d0, d1) = (TLanes.Load(dKeep), TLanes.Load(dKeep + w));
                d0 = TLanes.MultiplyAdd(TLanes.Load(before), g00, d0);
                d1 = TLanes.MultiplyAdd(TLanes.Load(before + w), g01, d1);
                d0 = TLanes.MultiplyAdd(TLanes.Load(before + 2 * w), g10, d0);
                d1 = TLanes.MultiplyAdd(TLanes.Load(before + 3 * w), g11, d1);
                d0 = TLanes.MultiplyAdd(TLanes.Load(before + 4 * w), g20, d0);
                d1 = TLanes.MultiplyAdd(TLanes.Load(before + 5 * w), g21, d1);
                d0 = TLanes.MultiplyAdd(TLanes.Load(before + 6 * w), g30, d0);
                d1 = TLanes.MultiplyAdd(TLanes.Load(before + 7 * w), g31, d1);
                d0.Store(dKeep);
                d1.Store(dKeep + w);
                var (f0, f1) = (TLanes.Load(keep), TLanes.Load(keep + w));
                (g00, g01, g10, g11) = (g00 * f0, g01 * f1, g10 * f0, g11 * f1);
                (g20, g21, g30, g31) = (g20 * f0, g21 * f1, g30 * f0, g31 * f1);
                keep -= keyStride;
                dKeep -= keyStride;
                before -= 8 * w;
            }
            q -= keyStride;
            k -= keyStride;
            dk -= keyStride;
            v -= valueStride;
            dO -= valueStride;
            dv -= Columns * w;
        }
        g00.Store(tile);
        g01.Store(tile + w);
        g10.Store(tile + key);
        g11.Store(tile + key + w);
        g20.Store(tile + 2 * key);
        g21.Store(tile + 2 * key + w);
        g30.Store(tile + 3 * key);
        g31.Store(tile + 3 * key + w);
    }
}
