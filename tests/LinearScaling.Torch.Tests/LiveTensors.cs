namespace LinearScaling.Tests.Torch;

/// <summary>Tensors that are alive before a test of what is left behind.</summary>
internal static class LiveTensors
{
    /// <summary>Counts them once nothing is left to finalizers, as other tests do: it would vanish meanwhile.</summary>
    public static long Settled()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return Tensor.TotalCount;
    }
}
