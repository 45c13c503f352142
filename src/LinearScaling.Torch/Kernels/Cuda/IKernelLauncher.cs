namespace LinearScaling.Torch.Kernels.Cuda;

/// <summary>Where the kernels of <c>Sources</c> run: a GPU, or, in tests, a CPU that stands in for one.</summary>
internal unsafe interface IKernelLauncher
{
    /// <summary>Whether a kernel is there and gets the shared memory that it asks for.</summary>
    bool Has(Kernel kernel);

    /// <summary>Starts a kernel, in the order of the device's other work.</summary>
    /// <param name="x">Blocks of threads in a row.</param>
    /// <param name="y">Rows of them.</param>
    /// <param name="arguments">The structure that the kernel takes.</param>
    void Launch(Kernel kernel, int x, int y, void* arguments);
}
