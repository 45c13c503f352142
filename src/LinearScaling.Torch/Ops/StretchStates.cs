using LinearScaling.Torch.Collectives;

namespace LinearScaling.Torch.Ops;

/// <summary>States passed along the ranks that share sequences, as one node of autograd: a gather forward, another
/// backward, of bytes that do not depend on the length.</summary>
internal sealed class StretchStates : autograd.SingleTensorFunction<StretchStates>
{
    public override string Name => nameof(StretchStates);

    public static Tensor Apply(Stretch stretch, Tensor state, Tensor logDecay) =>
        is_grad_enabled() ? apply(state, logDecay, stretch) : Entering(stretch, state, logDecay).State;

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        using var guard = no_grad();
        var stretch = (Stretch)vars[2];
        var (state, decays) = Entering(stretch, (Tensor)vars[0], (Tensor)vars[1]);
        ctx.save_for_backward([state, decays]);
        ctx.save_data("stretch", stretch);
        return state;
    }

    /// <remarks>The state that leaves stretch r is L_r = A_r E_r + S_r, and enters the next. Its gradient is G_r =
    /// R_{r+1} + A_{r+1} G_{r+1}, where R is what a stretch's queries add to the gradient of the state that enters
    /// it.</remarks>
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor gradient)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        var stretch = (Stretch)ctx.get_data("stretch");
        var saved = ctx.get_saved_variables();
        var (entered, decays) = (saved[0], saved[1]);
        var (ranks, rank) = (stretch.Ranks.Size, stretch.Ranks.Rank);
        var leaving = zeros_like(entered);
        try
        {
            var reads = Gather(stretch, gradient, "gradients of states");
            for (var r = ranks - 1; r > rank; r--)
                leaving = leaving.mul_(decays[r].exp()).add_(reads[r]);
        }
        catch (LostRankException e) // libtorch's frames are between it and the caller
        {
            stretch.Failure ??= e;
        }
        var own = decays[rank];
        var dDecay = entered.mul(own.exp()).mul_(leaving).sum(3L, keepdim: true);
        if (own.size(2) == 1)
            dDecay = dDecay.sum(2L, keepdim: true);
        foreach (var tensor in saved)
            tensor.Dispose();
        gradient.Dispose();
        return [leaving.MoveToOuterDisposeScope(), dDecay.MoveToOuterDisposeScope(), null!];
    }

    /// <returns>The state that enters, and the log decays of all stretches, [ranks, batch, heads, key or 1,
    /// 1].</returns>
    private static (Tensor State, Tensor Decays) Entering(Stretch stretch, Tensor state, Tensor logDecay)
    {
        using var scope = NewDisposeScope();
        var all = Gather(stretch, cat([state.flatten(), logDecay.flatten()], 0), "states");
        var states = all.narrow(1, 0, state.numel()).view([stretch.Ranks.Size, .. state.shape]);
        var decays = all.narrow(1, state.numel(), logDecay.numel()).reshape([stretch.Ranks.Size, .. logDecay.shape]);
        var entering = zeros_like(state);
        for (var r = 0; r < stretch.Ranks.Rank; r++)
            entering = entering.mul_(decays[r].exp()).add_(states[r]);
        return (entering.MoveToOuterDisposeScope(), decays.clone().MoveToOuterDisposeScope());
    }

    /// <returns>Every rank's values, in their shape: [ranks, ...].</returns>
    private static Tensor Gather(Stretch stretch, Tensor values, string what)
    {
        var all = empty([stretch.Ranks.Size * values.numel()], values.dtype, values.device);
        all.narrow(0, stretch.Ranks.Rank * values.numel(), values.numel()).copy_(values.flatten());
        stretch.Ranks.AllGather(all, values.numel(), what);
        stretch.Ranks.Wait();
        return all.view([stretch.Ranks.Size, .. values.shape]);
    }
}
