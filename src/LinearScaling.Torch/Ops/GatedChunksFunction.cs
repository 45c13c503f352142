namespace LinearScaling.Torch.Ops;

/// <summary><see cref="GatedChunks"/> as one node of autograd: it keeps its inputs and the states between chunks, nothing of what happens inside a chunk.</summary>
/// <remarks>
/// TorchSharp calls <see cref="backward"/> from native code: an exception there ends the process, so nothing in it
/// depends on the user's input.
/// </remarks>
internal sealed class GatedChunksFunction : autograd.MultiTensorFunction<GatedChunksFunction>
{
    /// <summary>On CUDA backward runs on the engine's thread, outside every dispose scope: there the gradients of the call before are let go.</summary>
    [ThreadStatic]
    private static List<Tensor>? handedOver;

    public override string Name => nameof(GatedChunksFunction);

    /// <param name="initial">[rows, key, value], or null.</param>
    /// <param name="ids">Document numbers, int64 [batch, chunks, size], or null.</param>
    public static (Tensor Output, Tensor? State) Apply(
        Chunks chunks, Tensor q, Tensor k, Tensor v, Tensor a, Tensor? initial, Tensor? ids, bool wantState)
    {
        if (!is_grad_enabled())
        {
            var (output, _, final) = Of(chunks, q, ids).Forward(q, k, v, a, initial);
            return (output, wantState ? final : null);
        }
        var results = apply(q, k, v, a, initial!, ids!, chunks, wantState);
        return (results[0], wantState ? results[1] : null);
    }

    public override List<Tensor> forward(autograd.AutogradContext ctx, params object[] vars)
    {
        using var guard = no_grad();
        var (q, k, v, a, initial, ids) = ((Tensor)vars[0], (Tensor)vars[1], (Tensor)vars[2], (Tensor)vars[3], vars[4] as Tensor, vars[5] as Tensor);
        var (chunks, wantState) = ((Chunks)vars[6], (bool)vars[7]);
        var (output, entering, final) = Of(chunks, q, ids).Forward(q, k, v, a, initial);
        ctx.save_for_backward(ids is null ? [q, k, v, a, entering] : [q, k, v, a, entering, ids]);
        ctx.save_data("chunks", chunks);
        ctx.save_data("state", wantState);
        ctx.save_data("initial", initial is not null);
        return wantState ? [output, final] : [output];
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, List<Tensor> gradients)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        var saved = ctx.get_saved_variables();
        var chunks = (Chunks)ctx.get_data("chunks");
        var dFinal = (bool)ctx.get_data("state") ? gradients[1] : null;
        var (q, k, v, a, initial) = Of(chunks, saved[0], saved.Count > 5 ? saved[5] : null)
            .Backward(saved[0], saved[1], saved[2], saved[3], saved[4], gradients[0].contiguous(), dFinal);
        List<Tensor> results = [q, k, v, a];
        if ((bool)ctx.get_data("initial"))
            results.Add(initial);
        foreach (var tensor in gradients.Concat(saved))
            tensor.Dispose();
        if (q.device_type == DeviceType.CPU)
            foreach (var result in results)
                result.MoveToOuterDisposeScope();
        else
        {
            handedOver?.ForEach(t => t.Dispose());
            handedOver = [.. results.Select(t => t.DetachFromDisposeScope())];
        }
        return [.. results, .. Enumerable.Repeat<Tensor>(null!, 8 - results.Count)];
    }

    private static GatedChunks Of(Chunks chunks, Tensor q, Tensor? ids) =>
        new(chunks.Rows, chunks.Size, q.dtype, ids is null ? null : new Segments(ids, chunks));
}
