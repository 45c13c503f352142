using LinearScaling.Torch.Kernels;
using LinearScaling.Torch.Native.Profiling;
using LinearScaling.Torch.Ops.Tiles;

namespace LinearScaling.Torch.Ops;

/// <summary>A walk over whole sequences as one node of autograd: it keeps its inputs and the states that the walk asks
/// for (<see cref="ISequenceWalk.Kept"/>), and nothing computed inside.</summary>
/// <remarks>
/// TorchSharp calls <see cref="backward"/> from native code: an exception there ends the process, so nothing in it
/// depends on the user's input.
/// </remarks>
internal sealed class ChunkedFunction : autograd.MultiTensorFunction<ChunkedFunction>
{
    public override string Name => nameof(ChunkedFunction);

    /// <param name="kernels">Makes the operator from its inputs; it must hold no tensor of its own.</param>
    /// <param name="initial">[batch, heads, key, value], or null.</param>
    /// <param name="start">Position of the first token, for LRPE.</param>
    public static (Tensor Output, Tensor? State) Apply(
        Chunks shape,
        TileKernels kernels,
        TileInputs inputs,
        Tensor? initial,
        long start,
        bool wantState
    )
    {
        var walk = SequenceWalks.For(shape, kernels, inputs, start);
        if (!is_grad_enabled())
        {
            using var measured = OperatorTimes.Operator();
            return walk.Forward(inputs, initial, null, wantState);
        }
        var results = apply([.. inputs.All, initial!, walk, wantState]);
        return (results[0], wantState ? results[1] : null);
    }

    public override List<Tensor> forward(autograd.AutogradContext ctx, params object[] vars)
    {
        using var guard = no_grad();
        using var measured = OperatorTimes.Operator();
        var inputs = TileInputs.Unpack([.. vars[..7].Select(v => v as Tensor)]);
        var (initial, walk, wantState) = (vars[7] as Tensor, (ISequenceWalk)vars[8], (bool)vars[9]);
        var entering = empty(walk.Kept, Wide.Type(inputs.Q.dtype), inputs.Q.device);
        var (output, state) = walk.Forward(inputs, initial, entering, wantState);
        ctx.save_for_backward([entering, .. inputs.All.OfType<Tensor>()]);
        ctx.save_data("present", Array.ConvertAll(inputs.All, t => t is not null));
        ctx.save_data("walk", walk);
        ctx.save_data("state", wantState);
        ctx.save_data("initial", initial is not null);
        return wantState ? [output, state!] : [output];
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, List<Tensor> gradients)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        using var measured = OperatorTimes.Operator();
        var saved = ctx.get_saved_variables();
        var next = 1;
        var inputs = TileInputs.Unpack(
            Array.ConvertAll((bool[])ctx.get_data("present"), there => there ? saved[next++] : null)
        );
        var (d, dInitial) = ((ISequenceWalk)ctx.get_data("walk")).Backward(
            inputs,
            saved[0],
            (bool)ctx.get_data("initial"),
            gradients[0],
            (bool)ctx.get_data("state") ? gradients[1] : null
        );
        foreach (var tensor in gradients.Concat(saved))
            tensor.Dispose();
        return GradientHandover.ToEngine([.. d.All, dInitial, null, null])!;
    }
}
