using LinearScaling.Torch.Collectives;

namespace LinearScaling.Torch.Ops;

/// <summary>Keys and values of all positions up to the end of this rank's stretch, as one node of autograd: a gather
/// forward, and backward each rank's own gradients summed over those who read them.</summary>
internal sealed class StretchKeys : autograd.MultiTensorFunction<StretchKeys>
{
    public override string Name => nameof(StretchKeys);

    /// <param name="k">This stretch's, [batch, heads, time, head_dim]; <paramref name="v"/> has the same shape.</param>
    public static (Tensor K, Tensor V) Apply(Stretch stretch, Tensor k, Tensor v)
    {
        if (!is_grad_enabled())
            return Gather(stretch, k, v);
        var results = apply([k, v, stretch]);
        return (results[0], results[1]);
    }

    /// <summary>The document numbers of those positions, counted from the sequence's first, int64 [batch,
    /// time].</summary>
    /// <param name="segments">This stretch's.</param>
    public static Tensor Documents(Stretch stretch, Tensor segments)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        var (batch, size) = (segments.size(0), segments.size(0) * stretch.Longest);
        var all = zeros([stretch.Ranks.Size * size], ScalarType.Int64, segments.device);
        Place(all, size, stretch.Ranks.Rank, batch).narrow(1, 0, segments.size(1)).copy_(segments);
        stretch.Ranks.AllGather(all, size, "document numbers");
        stretch.Ranks.Wait();
        var (parts, before) = (new List<Tensor>(), zeros([batch, 1], ScalarType.Int64, segments.device));
        for (var rank = 0; rank <= stretch.Ranks.Rank; rank++)
        {
            var part = Place(all, size, rank, batch).narrow(1, 0, stretch.Lengths[rank]) + before;
            parts.Add(part);
            before = part.narrow(1, part.size(1) - 1, 1);
        }
        return cat(parts, 1).MoveToOuterDisposeScope();
    }

    public override List<Tensor> forward(autograd.AutogradContext ctx, params object[] vars)
    {
        using var guard = no_grad();
        var stretch = (Stretch)vars[2];
        var (k, v) = Gather(stretch, (Tensor)vars[0], (Tensor)vars[1]);
        ctx.save_data("stretch", stretch);
        return [k, v];
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, List<Tensor> gradients)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        var stretch = (Stretch)ctx.get_data("stretch");
        var (dk, dv) = (gradients[0], gradients[1]);
        var size = 2 * dk.size(0) * dk.size(1) * stretch.Longest * dk.size(3);
        var all = zeros([stretch.Ranks.Size * size], Wide.Type(dk.dtype), dk.device);
        var start = 0L;
        for (var rank = 0; rank <= stretch.Ranks.Rank; start += stretch.Lengths[rank++])
        {
            var place = Place(all, size, rank, dk);
            place.select(0, 0).narrow(2, 0, stretch.Lengths[rank]).copy_(dk.narrow(2, start, stretch.Lengths[rank]));
            place.select(0, 1).narrow(2, 0, stretch.Lengths[rank]).copy_(dv.narrow(2, start, stretch.Lengths[rank]));
        }
        try
        {
            stretch.Ranks.ReduceScatter(all, size, "gradients of keys and values");
            stretch.Ranks.Wait();
        }
        catch (LostRankException e) // libtorch's frames are between it and the caller
        {
            stretch.Failure ??= e;
        }
        var own = Place(all, size, stretch.Ranks.Rank, dk).narrow(3, 0, stretch.Length);
        var result = new List<Tensor> { own.select(0, 0).to(dk.dtype), own.select(0, 1).to(dv.dtype), null! };
        gradients.ForEach(g => g.Dispose());
        result.ForEach(g => g?.MoveToOuterDisposeScope());
        return result;
    }

    private static (Tensor K, Tensor V) Gather(Stretch stretch, Tensor k, Tensor v)
    {
        using var scope = NewDisposeScope();
        var size = 2 * k.size(0) * k.size(1) * stretch.Longest * k.size(3);
        var all = empty([stretch.Ranks.Size * size], k.dtype, k.device);
        var own = Place(all, size, stretch.Ranks.Rank, k);
        own.select(0, 0).narrow(2, 0, stretch.Length).copy_(k);
        own.select(0, 1).narrow(2, 0, stretch.Length).copy_(v);
        stretch.Ranks.AllGather(all, size, "keys and values");
        stretch.Ranks.Wait();
        Tensor Past(int which) =>
            cat(
                [
                    .. Enumerable
                        .Range(0, stretch.Ranks.Rank + 1)
                        .Select(r => Place(all, size, r, k).select(0, which).narrow(2, 0, stretch.Lengths[r])),
                ],
                2
            );
        return (Past(0).MoveToOuterDisposeScope(), Past(1).MoveToOuterDisposeScope());
    }

    /// <summary>A rank's part of what is gathered: [2, batch, heads, longest, head_dim].</summary>
    private static Tensor Place(Tensor all, long size, int rank, Tensor like) =>
        all.narrow(0, rank * size, size).view(2, like.size(0), like.size(1), -1, like.size(3));

    private static Tensor Place(Tensor all, long size, int rank, long batch) =>
        all.narrow(0, rank * size, size).view(batch, -1);
}
