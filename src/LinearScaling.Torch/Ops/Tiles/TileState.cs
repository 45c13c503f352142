namespace LinearScaling.Torch.Ops.Tiles;

/// <summary>The state between the chunks of one tile.</summary>
/// <remarks>What chunks add is [rows, chunks, key, value], their whole log decays are [rows, chunks, key], or [rows,
/// chunks, 1] where all keys share one.</remarks>
internal static class TileState
{
    /// <summary>Up to so many chunks, one after another is quicker than the copies that a product over all of them
    /// needs.</summary>
    private const int Few = 4;

    /// <summary>The state that enters each chunk [rows, chunks, key, value]; null where there is one chunk and nothing
    /// enters it.</summary>
    /// <param name="added">What each chunk adds; may be null for a single chunk, which does not need it.</param>
    public static Tensor? Entering(Tensor? added, Tensor decays, Tensor? state)
    {
        if (decays.size(1) == 1)
            return state?.unsqueeze(1);
        using var scope = NewDisposeScope();
        var (rows, chunks, key, value) = (added!.size(0), added.size(1), added.size(2), added.size(3));
        if (chunks <= Few)
        {
            var keep = decays.exp().unsqueeze(3);
            var entering = empty_like(added);
            if (state is null)
                entering.select(1, 0).zero_();
            else
                entering.select(1, 0).copy_(state);
            for (var i = 1L; i < chunks; i++)
                entering
                    .select(1, i)
                    .copy_(entering.select(1, i - 1))
                    .mul_(keep.select(1, i - 1))
                    .add_(added.select(1, i - 1));
            return entering.MoveToOuterDisposeScope();
        }
        var groups = decays.size(2); // keys that decay alike are one group
        return ChunkState
            .Exclusive(
                added
                    .view(rows, chunks, groups, -1)
                    .transpose(1, 2)
                    .reshape(rows * groups, chunks, key / groups * value),
                decays.transpose(1, 2).reshape(rows * groups, chunks),
                state?.reshape(rows * groups, -1)
            )
            .view(rows, groups, chunks, -1)
            .transpose(1, 2)
            .reshape(rows, chunks, key, value)
            .MoveToOuterDisposeScope();
    }

    /// <summary>The state after the last chunk, [rows, key, value].</summary>
    public static Tensor After(Tensor? entering, Tensor added, Tensor decays)
    {
        var last = added.select(1, -1);
        return entering is null ? last : entering.select(1, -1).mul(decays.select(1, -1).exp().unsqueeze(2)).add_(last);
    }

    /// <summary>The gradient of the state that each chunk leaves, and of the state that enters the first.</summary>
    /// <param name="read">What each chunk's queries add to the gradient of the state entering it, [rows, chunks, key,
    /// value].</param>
    public static (Tensor? Leaving, Tensor Entering) Back(Tensor read, Tensor decays, Tensor? dState)
    {
        if (decays.size(1) == 1)
            return (
                dState?.unsqueeze(1),
                dState is null
                    ? read.select(1, 0)
                    : dState.mul(decays.select(1, 0).exp().unsqueeze(2)).add_(read.select(1, 0))
            );
        var leaving = Entering(read.flip(1), decays.flip(1), dState)!.flip(1);
        return (leaving, leaving.select(1, 0).mul(decays.select(1, 0).exp().unsqueeze(2)).add_(read.select(1, 0)));
    }
}
