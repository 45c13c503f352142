namespace LinearScaling.Torch.Ops;

/// <summary>
/// The chunked form of gated linear attention, forward and backward, on sequences already cut into chunks: q, k and the
/// log decay a are [rows * chunks, size, key], v is [rows * chunks, size, value], a row being a head of a sequence.
/// </summary>
/// <remarks>
/// Scores inside a chunk are found by doubling. Two neighbouring blocks of h rows see each other through the row where
/// they meet: queries decayed from there, keys decayed up to there, and one [h, h] product. Joining the blocks decays
/// the right one's queries by the left one's whole decay and the left one's keys by the right one's. When the block is
/// the chunk, queries are decayed from its start and keys to its end: what the carry between chunks needs. Every factor
/// is the exponential of a sum of log decays, so none exceeds 1 and nothing is ever divided (the same exactness as the
/// secondary chunks of arXiv 2312.06635, section 4.3, without their elementwise diagonal).
/// </remarks>
internal sealed class GatedChunks(long rows, long size, ScalarType type, Segments? documents)
{
    /// <summary>Elements of a tensor that the CPU works on at a time: small enough for its caches.</summary>
    private const long SlabElements = 1 << 17;

    /// <param name="initial">The state before the first chunk, fp32 or fp64 [rows, key, value]; null: empty.</param>
    /// <returns>Outputs [rows * chunks, size, value], the state entering each chunk [rows, chunks, key, value], the state after the last chunk.</returns>
    public (Tensor Output, Tensor Entering, Tensor Final) Forward(Tensor q, Tensor k, Tensor v, Tensor a, Tensor? initial)
    {
        using var scope = NewDisposeScope();
        var (all, key, value) = (q.size(0), q.size(2), v.size(2));
        var queries = empty_like(a);
        var output = empty_like(v);
        var added = empty([all, key, value], a.dtype, a.device);
        var decays = ChunkDecays(a);
        foreach (var (start, length) in Slabs(q))
        {
            using var slab = NewDisposeScope();
            var (vs, blocks) = (v.narrow(0, start, length), a.narrow(0, start, length));
            var (qs, ks) = (q.narrow(0, start, length), k.narrow(0, start, length));
            var scores = Diagonal(qs, ks);
            var decayedQ = queries.narrow(0, start, length).copy_(blocks).exp_().mul_(qs);
            var decayedK = ks.to(a.dtype, copy: true);
            for (var h = 1L; h < size; h *= 2)
            {
                using var level = NewDisposeScope();
                var (right, left) = (Right(decayedQ, h), Left(decayedK, h));
                Across(scores, h).copy_(Products(right, left).view(length, -1, h, h));
                var (leftDecay, rightDecay) = Factors(blocks);
                right.mul_(leftDecay);
                left.mul_(rightDecay);
                blocks = Join(blocks).MoveToOuterDisposeScope();
            }
            Mask(scores, documents?.Within(type), start);
            Mask(decayedQ, documents?.SeeEntry(a.dtype), start);
            Mask(decayedK, documents?.ReachEnd(a.dtype), start);
            output.narrow(0, start, length).copy_(bmm(scores, vs));
            added.narrow(0, start, length).copy_(bmm(decayedK.to(type).transpose(1, 2), vs));
        }

        var entering = Carry(added.view(rows, -1, key, value), decays, initial);
        foreach (var (start, length) in Slabs(q))
        {
            using var slab = NewDisposeScope();
            var states = entering.view(all, key, value).narrow(0, start, length).to(type);
            output.narrow(0, start, length).add_(bmm(queries.narrow(0, start, length).to(type), states));
        }
        var last = added.view(rows, -1, key, value).select(1, -1);
        var final = entering.select(1, -1).mul(decays.select(1, -1).exp().unsqueeze(2)).add_(last);
        return scope.MoveToOuter(output, entering, final);
    }

    /// <param name="entering">As <see cref="Forward"/> returned it.</param>
    /// <param name="dOutput">Gradient of the outputs.</param>
    /// <param name="dFinal">Gradient of the state after the last chunk; null: none.</param>
    /// <returns>Gradients of q, k, v and a, and of the state before the first chunk.</returns>
    /// <remarks>
    /// The gradient of the state runs backwards through the same carry. Inside a chunk the doubling is undone from the
    /// chunk to single rows; each joint passes on what its two decays were multiplied into. The shorter formula
    /// db = q dq - k dk for the cumulative decay b is not used: it cancels, which in bf16, or behind a shut gate, leaves
    /// mostly rounding.
    /// </remarks>
    public (Tensor Q, Tensor K, Tensor V, Tensor A, Tensor Initial) Backward(
        Tensor q, Tensor k, Tensor v, Tensor a, Tensor entering, Tensor dOutput, Tensor? dFinal)
    {
        using var scope = NewDisposeScope();
        var (all, key, value) = (q.size(0), q.size(2), v.size(2));
        var read = empty([all, key, value], a.dtype, a.device); // what each chunk's queries add to the gradient of the state entering it
        foreach (var (start, length) in Slabs(q))
        {
            using var slab = NewDisposeScope();
            var blocks = a.narrow(0, start, length);
            var fromStart = blocks.exp();
            for (var h = 1L; h < size; h *= 2)
            {
                Right(fromStart, h).mul_(Factors(blocks).Left);
                blocks = Join(blocks);
            }
            fromStart.mul_(q.narrow(0, start, length));
            Mask(fromStart, documents?.SeeEntry(a.dtype), start);
            read.narrow(0, start, length).copy_(bmm(fromStart.to(type).transpose(1, 2), dOutput.narrow(0, start, length)));
        }

        var decays = ChunkDecays(a);
        var keep = decays.exp();
        read = read.view(rows, -1, key, value);
        var leaving = Carry(read.flip(1), decays.flip(1), dFinal).flip(1); // gradient of the state each chunk leaves
        var dInitial = leaving.select(1, 0).mul(keep.select(1, 0).unsqueeze(2)).add_(read.select(1, 0));
        var dDecays = entering.mul(leaving).sum(3L).mul_(keep).view(all, 1, key);

        var (dq, dk, dv, da) = (empty_like(a), empty_like(a), empty_like(v), empty_like(a));
        foreach (var (start, length) in Slabs(q))
        {
            using var slab = NewDisposeScope();
            var (qs, ks, vs, ds) = (Wide.Of(q.narrow(0, start, length)), Wide.Of(k.narrow(0, start, length)), v.narrow(0, start, length), dOutput.narrow(0, start, length));
            var blocks = a.narrow(0, start, length);
            var (decayedQ, decayedK, scores) = (blocks.exp().mul_(qs), ks.clone(), Diagonal(qs.to(type), ks.to(type)));
            var first = decayedQ.clone();
            var joints = new Stack<(long Rows, Tensor Right, Tensor Left, Tensor LeftDecay, Tensor RightDecay)>();
            for (var h = 1L; h < size; h *= 2)
            {
                var (right, left, (leftDecay, rightDecay)) = (Right(decayedQ, h), Left(decayedK, h), Factors(blocks));
                joints.Push((h, right.clone(), left.clone(), leftDecay, rightDecay));
                Across(scores, h).copy_(Products(joints.Peek().Right, joints.Peek().Left).view(length, -1, h, h));
                right.mul_(leftDecay);
                left.mul_(rightDecay);
                blocks = Join(blocks);
            }
            Mask(scores, documents?.Within(type), start);
            Mask(decayedK, documents?.ReachEnd(a.dtype), start);
            var states = entering.view(all, key, value).narrow(0, start, length).to(type);
            var dStates = leaving.view(all, key, value).narrow(0, start, length).to(type);
            dv.narrow(0, start, length).copy_(bmm(scores.transpose(1, 2), ds)).add_(bmm(decayedK.to(type), dStates));

            var dScores = bmm(ds, vs.transpose(1, 2));
            Mask(dScores, documents?.Within(type), start);
            var (dqs, dks) = (dq.narrow(0, start, length), dk.narrow(0, start, length));
            dqs.copy_(bmm(ds, states.transpose(1, 2)));
            dks.copy_(bmm(vs, dStates.transpose(1, 2)));
            Mask(dqs, documents?.SeeEntry(a.dtype), start);
            Mask(dks, documents?.ReachEnd(a.dtype), start);
            var dBlocks = dDecays.narrow(0, start, length).reshape(-1, 1, key);
            while (joints.TryPop(out var joint))
            {
                using var inner = NewDisposeScope();
                var (h, right, left, leftDecay, rightDecay) = joint;
                var (dRight, dLeft) = (Right(dqs, h).mul_(leftDecay), Left(dks, h).mul_(rightDecay));
                dBlocks = cat([dBlocks + dRight.mul(right).sum(1L, keepdim: true), dBlocks + dLeft.mul(left).sum(1L, keepdim: true)], 1)
                    .view(-1, 1, key).MoveToOuterDisposeScope();
                var dAcross = Across(dScores, h).reshape(-1, h, h);
                dRight.add_(Spread(dAcross, left));
                dLeft.add_(Spread(dAcross.transpose(1, 2), right));
            }
            da.narrow(0, start, length).copy_(dBlocks.view(length, size, key)).add_(dqs.mul(first));
            var dSelf = Wide.Of(dScores.diagonal(0, 1, 2)).unsqueeze(2);
            dqs.mul_(a.narrow(0, start, length).exp()).add_(ks.mul(dSelf));
            dks.add_(qs.mul(dSelf));
        }
        (dq, dk) = (dq.to(q.dtype).alias(), dk.to(k.dtype).alias());
        scope.MoveToOuter([dq, dk, dv, da, dInitial]);
        return (dq, dk, dv, da, dInitial);
    }

    /// <summary>The whole decay of each chunk, [rows, chunks, key]; a chunk in which a document ended leaves nothing.</summary>
    private Tensor ChunkDecays(Tensor a)
    {
        var decays = a.sum(1L).view(rows, -1, a.size(2));
        return documents is null ? decays : decays + documents.Reset(a.dtype).unsqueeze(2);
    }

    /// <summary>Queries times keys of each pair, [pairs, h, h]. Single rows are multiplied elementwise: a product a row costs more in calls than in work.</summary>
    private Tensor Products(Tensor right, Tensor left) =>
        right.size(1) == 1 ? right.mul(left).sum(2L, keepdim: true) : bmm(right.to(type), left.to(type).transpose(1, 2));

    /// <summary>Weights [pairs, h, h] times rows [pairs, h, key].</summary>
    private Tensor Spread(Tensor weights, Tensor x) => x.size(1) == 1 ? x.mul(weights) : bmm(weights, x.to(type));

    private Tensor Carry(Tensor added, Tensor decays, Tensor? initial)
    {
        using var scope = NewDisposeScope();
        var (count, key, value) = (added.size(1), added.size(2), added.size(3));
        return ChunkCarry.Exclusive(
                added.transpose(1, 2).reshape(rows * key, count, value),
                decays.transpose(1, 2).reshape(rows * key, count),
                initial?.reshape(rows * key, value))
            .view(rows, key, count, value).transpose(1, 2).contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>Scores with only the diagonal in place: a token sees itself undecayed. [chunks, size, size]</summary>
    private Tensor Diagonal(Tensor q, Tensor k)
    {
        var scores = zeros([q.size(0), size, size], type, q.device);
        scores.diagonal(0, 1, 2).copy_(q.mul(k).sum(2L));
        return scores;
    }

    /// <summary>The right block of each pair of blocks of h rows: a view [pairs, h, width].</summary>
    private static Tensor Right(Tensor x, long h) => x.view(-1, 2, h, x.size(2)).select(1, 1);

    private static Tensor Left(Tensor x, long h) => x.view(-1, 2, h, x.size(2)).select(1, 0);

    /// <summary>exp of the whole decay of the left and of the right block of each pair, [pairs, 1, key].</summary>
    private static (Tensor Left, Tensor Right) Factors(Tensor blocks) => (Left(Of(blocks), 1).exp(), Right(Of(blocks), 1).exp());

    private static Tensor Join(Tensor blocks) => Of(blocks).view(-1, 2, blocks.size(-1)).sum(1L).unsqueeze(1);

    /// <summary>Block decays in a shape that pairs can be taken from: [1, blocks, key].</summary>
    private static Tensor Of(Tensor blocks) => blocks.reshape(1, -1, blocks.size(-1));

    /// <summary>The scores between the right block's queries and the left block's keys of each pair: a view [chunks, pairs, h, h].</summary>
    private Tensor Across(Tensor scores, long h)
    {
        var pairs = size / (2 * h);
        return scores.view(-1, pairs, 2, h, pairs, 2, h).select(5, 0).select(2, 1).diagonal(0, 1, 3).permute(0, 3, 1, 2);
    }

    private static void Mask(Tensor x, Tensor? mask, long start)
    {
        if (mask is not null)
            x.mul_(mask.narrow(0, start, x.size(0)));
    }

    private static IEnumerable<(long Start, long Length)> Slabs(Tensor x)
    {
        var length = x.device_type == DeviceType.CPU ? Math.Max(1, SlabElements / (x.size(1) * x.size(2))) : x.size(0);
        for (var start = 0L; start < x.size(0); start += length)
            yield return (start, Math.Min(length, x.size(0) - start));
    }
}
