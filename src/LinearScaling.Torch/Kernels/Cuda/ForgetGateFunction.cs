namespace LinearScaling.Torch.Kernels.Cuda;

/// <summary>HGRN2's gates as one node of autograd, which keeps their logits and nothing computed inside.</summary>
internal sealed class ForgetGateFunction : autograd.MultiTensorFunction<ForgetGateFunction>
{
    public override string Name => nameof(ForgetGateFunction);

    /// <param name="bounds">[heads, width], or null.</param>
    public static (Tensor LogForget, Tensor Key) Apply(ForgetGateKernels kernels, Tensor z, Tensor? bounds)
    {
        if (!is_grad_enabled())
            return kernels.Forward(z, bounds);
        var results = apply([z, bounds!, kernels]);
        return (results[0], results[1]);
    }

    public override List<Tensor> forward(autograd.AutogradContext ctx, params object[] vars)
    {
        using var guard = no_grad();
        var (z, bounds, kernels) = ((Tensor)vars[0], vars[1] as Tensor, (ForgetGateKernels)vars[2]);
        var (logForget, key) = kernels.Forward(z, bounds);
        ctx.save_for_backward(bounds is null ? [z] : [z, bounds]);
        ctx.save_data("kernels", kernels);
        return [logForget, key];
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, List<Tensor> gradients)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        var saved = ctx.get_saved_variables();
        var (dz, dBounds) = ((ForgetGateKernels)ctx.get_data("kernels")).Backward(
            saved[0],
            saved.Count > 1 ? saved[1] : null,
            gradients[0],
            gradients[1]
        );
        foreach (var tensor in gradients.Concat(saved))
            tensor.Dispose();
        return GradientHandover.ToEngine([dz, dBounds, null])!;
    }
}
