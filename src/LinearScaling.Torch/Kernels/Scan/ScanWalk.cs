using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace LinearScaling.Torch.Kernels.Scan;

/// <summary>A scan's heads, chunk by chunk: forward in time, and back.</summary>
/// <remarks>A head of a sequence is a row; rows know nothing of each other.</remarks>
/// <typeparam name="T">How queries, keys and values are stored.</typeparam>
/// <typeparam name="TLanes">The registers that hold the state.</typeparam>
/// <typeparam name="TKeep">What a token keeps of the state.</typeparam>
internal sealed unsafe class ScanWalk<T, TLanes, TKeep>(ScanMemory at) : IScanWalk
    where T : struct, IElements
    where TLanes : struct, ILanes<TLanes>
    where TKeep : struct, IKeep
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Forward(long firstRow, long lastRow)
    {
        using var scratch = at.Scratch(TLanes.Width, gradients: false);
        for (var row = firstRow; row < lastRow; row++)
        {
            var (batch, head) = Math.DivRem(row, at.Heads);
            ReadState(at.Initial, row, scratch);
            for (var chunk = 0; chunk < at.Chunks; chunk++)
            {
                if (at.Entering != null)
                    WriteState(scratch, at.Entering + ((long)chunk * at.Rows + row) * at.StateSize);
                var (start, tokens) = Read(scratch, batch, head, chunk);
                scratch.ClearOutputs();
                ScanTile.Forward<TLanes, TKeep>(scratch, tokens);
                var first = at.Output.Index(batch, head, start);
                for (var t = 0; t < tokens; t++)
                for (var i = 0; i < at.Value; i += IElements.Width)
                    ScanRows.StorePart<T>(
                        Vector512.Load(scratch.O + t * scratch.ValueStride + i),
                        at.Output.Memory,
                        first + t * at.Output.Step + i,
                        at.Value - i
                    );
            }
            if (at.Final != null)
                WriteState(scratch, at.Final + row * at.StateSize);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Backward(long firstRow, long lastRow)
    {
        using var scratch = at.Scratch(TLanes.Width, gradients: true);
        var sums = stackalloc float[2 * at.Key];
        for (var row = firstRow; row < lastRow; row++)
        {
            var (batch, head) = Math.DivRem(row, at.Heads);
            ReadTransposed(at.DFinal, row, scratch.DState, scratch);
            for (var chunk = at.Chunks - 1; chunk >= 0; chunk--)
            {
                var (start, tokens) = Read(scratch, batch, head, chunk);
                ReadTransposed(
                    chunk == 0 && at.Initial == null ? null : at.Entering + (long)chunk * at.Rows * at.StateSize,
                    row,
                    scratch.State,
                    scratch
                );
                ScanRows.Read<T>(
                    at.DOutput,
                    at.DOutput.Index(batch, head, start),
                    tokens,
                    false,
                    scratch.DO,
                    scratch.ValueStride
                );
                scratch.ClearGradients();
                ScanTileGradient.Backward<TLanes, TKeep>(scratch, tokens);
                Write(scratch, batch, head, row, start, tokens, sums);
            }
            if (at.DInitial != null)
                ScanRows.Transpose(
                    scratch.DState,
                    at.Value,
                    at.StateKey,
                    scratch.Key,
                    at.DInitial + row * at.StateSize,
                    at.Value
                );
        }
    }

    /// <summary>A chunk into scratch.</summary>
    /// <returns>Its first token, and how many it has.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private (long Start, int Tokens) Read(ScanScratch to, long batch, long head, int chunk)
    {
        var start = (long)chunk * ScanScratch.Tokens;
        var tokens = (int)Math.Min(ScanScratch.Tokens, at.Time - start);
        ScanRows.Read<T>(
            at.Q,
            at.Q.Index(batch, head, start),
            tokens,
            at.Form.HasFlag(ScanForm.SiluQueries),
            to.Q,
            to.KeyStride
        );
        ScanRows.Read<T>(at.V, at.V.Index(batch, head, start), tokens, false, to.V, to.ValueStride);
        var first = at.K.Index(batch, head, start);
        if (at.Form.HasFlag(ScanForm.Tied))
            ScanRows.ReadGates<T>(at.K, first, tokens, BoundOf(head), to.Keep, to.K, to.KeyStride);
        else
            ScanRows.Read<T>(at.K, first, tokens, at.Form.HasFlag(ScanForm.SiluKeys), to.K, to.KeyStride);
        if (at.HasLogDecay)
            ScanRows.ReadDecays(at.LogDecay, at.LogDecay.Index(batch, head, start), tokens, to.Keep, to.KeyStride);
        if (at.Turned)
        {
            at.Angles(head, chunk, tokens, to.Cos, to.Sin);
            ScanRows.Turn(to.Q, to.KeyStride, tokens, at.Key, to.Cos, to.Sin);
            ScanRows.Turn(to.K, to.KeyStride, tokens, at.Key, to.Cos, to.Sin);
        }
        if (TKeep.PerToken)
            new Span<float>(to.Keep, tokens).Fill(at.Decay == null ? 0 : (float)-double.ExpM1(-at.Decay[head]));
        if (at.Ids != null)
            for (var t = 0; t < tokens; t++)
                if (Begins(batch, start + t))
                    Forget(to.Keep, t, to.KeyStride);
        return (start, tokens);
    }

    /// <summary>A chunk's gradients out of scratch.</summary>
    /// <param name="sums">Room for those that are summed over tokens, [2, key].</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Write(ScanScratch from, long batch, long head, long row, long start, int tokens, float* sums)
    {
        new Span<float>(sums, 2 * at.Key).Clear();
        var cos = at.Turned ? from.Cos : null;
        ScanRows.Write<T>(
            from.DQ,
            from.KeyStride,
            tokens,
            at.Form.HasFlag(ScanForm.SiluQueries),
            cos,
            from.Sin,
            sums,
            at.Q,
            at.Q.Index(batch, head, start),
            at.DQ,
            at.DQ.Index(batch, head, start)
        );
        ScanRows.Write<T>(
            from.DV,
            from.ValueStride,
            tokens,
            false,
            null,
            null,
            null,
            at.V,
            at.V.Index(batch, head, start),
            at.DV,
            at.DV.Index(batch, head, start)
        );
        var (first, firstTo) = (at.K.Index(batch, head, start), at.DK.Index(batch, head, start));
        if (at.Form.HasFlag(ScanForm.Tied))
        {
            if (at.Ids != null) // where a document begins, nothing depends on the gate
                for (var t = 0; t < tokens; t++)
                    if (Begins(batch, start + t))
                        Forget(from.DKeep, t, from.KeyStride);
            ScanRows.WriteGates<T>(
                from.DKeep,
                from.DK,
                from.KeyStride,
                tokens,
                BoundOf(head),
                at.DBound == null ? null : sums,
                at.K,
                first,
                at.DK,
                firstTo
            );
            if (at.DBound != null)
                for (var i = 0; i < at.Key; i++)
                    at.DBound[row * at.Key + i] += sums[i];
            return;
        }
        ScanRows.Write<T>(
            from.DK,
            from.KeyStride,
            tokens,
            at.Form.HasFlag(ScanForm.SiluKeys),
            cos,
            from.Sin,
            sums,
            at.K,
            first,
            at.DK,
            firstTo
        );
        if (at.HasLogDecay)
            ScanRows.WriteDecays(
                from.DKeep,
                from.Keep,
                from.KeyStride,
                tokens,
                at.DLogDecay,
                at.DLogDecay.Index(batch, head, start)
            );
        if (at.Turned)
            for (var i = 0; i < at.Key; i++)
                at.DTheta[row * at.Key + i] += sums[at.Key + i] + (double)(at.Start + start) * sums[i];
    }

    private float* BoundOf(long head) => at.Bound == null ? null : at.Bound + head * at.Key;

    private bool Begins(long batch, long token)
    {
        var ids = at.Ids + batch * at.Time;
        return token > 0 && ids[token] != ids[token - 1];
    }

    private static void Forget(float* keep, int token, int stride)
    {
        if (TKeep.PerChannel)
            new Span<float>(keep + token * stride, stride).Clear();
        else
            keep[token] = 1;
    }

    private void ReadState(float* from, long row, ScanScratch to)
    {
        NativeMemory.Clear(to.State, (nuint)(to.Key * to.Value) * sizeof(float));
        if (from != null)
            for (var i = 0; i < at.StateKey; i++)
                new Span<float>(from + row * at.StateSize + i * at.Value, at.Value).CopyTo(
                    new(to.State + i * to.Value, at.Value)
                );
    }

    private void WriteState(ScanScratch from, float* to)
    {
        for (var i = 0; i < at.StateKey; i++)
            new Span<float>(from.State + i * from.Value, at.Value).CopyTo(new(to + i * at.Value, at.Value));
    }

    private void ReadTransposed(float* from, long row, float* to, ScanScratch scratch)
    {
        NativeMemory.Clear(to, (nuint)(scratch.Key * scratch.Value) * sizeof(float));
        if (from != null)
            ScanRows.Transpose(from + row * at.StateSize, at.StateKey, at.Value, at.Value, to, scratch.Key);
    }
}
