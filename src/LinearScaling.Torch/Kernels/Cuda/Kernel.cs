namespace LinearScaling.Torch.Kernels.Cuda;

/// <summary>A kernel of <c>Sources</c>.</summary>
/// <param name="Source">Its file there, without extension.</param>
/// <param name="Name">Its name in it.</param>
/// <param name="Threads">Threads of a block.</param>
/// <param name="SharedBytes">Shared memory of a block.</param>
internal sealed record Kernel(string Source, string Name, int Threads, int SharedBytes)
{
    /// <summary>What profiles call it.</summary>
    public string Label { get; } = "lcs::" + Name;
}
