namespace LinearScaling.Torch.Kernels;

/// <summary>How gradients leave a backward pass that libtorch called.</summary>
internal static class GradientHandover
{
    /// <summary>On CUDA, backward runs on the engine's thread, outside every dispose scope, so the gradients of the
    /// previous call are released there.</summary>
    [ThreadStatic]
    private static List<Tensor>? handedOver;

    /// <summary>The gradients, kept from the current dispose scope until the engine has its own hold on them.</summary>
    public static List<Tensor?> ToEngine(List<Tensor?> gradients)
    {
        var made = gradients.OfType<Tensor>().ToList();
        if (made[0].device_type == DeviceType.CPU)
            made.ForEach(t => t.MoveToOuterDisposeScope());
        else
        {
            handedOver?.ForEach(t => t.Dispose());
            handedOver = [.. made.Select(t => t.DetachFromDisposeScope())];
        }
        return gradients;
    }
}
