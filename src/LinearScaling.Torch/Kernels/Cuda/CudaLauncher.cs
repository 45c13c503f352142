using System.Collections.Concurrent;
using System.Reflection;
using LinearScaling.Torch.Devices;
using LinearScaling.Torch.Native.Profiling;

namespace LinearScaling.Torch.Kernels.Cuda;

/// <summary>Launches kernels on one GPU through the CUDA driver, in libtorch's context and on its current
/// stream.</summary>
internal sealed unsafe class CudaLauncher : IKernelLauncher
{
    private static readonly ConcurrentDictionary<int, CudaLauncher?> Devices = new();

    /// <summary>Whether there are launchers at all; benchmarks compare kernels with libtorch's operators.</summary>
    public static bool Enabled { get; set; } = true;

    private readonly Dictionary<string, nint> modules = [];
    private readonly Dictionary<string, nint> functions = []; // 0: not there
    private readonly ModuleFunctions driver;
    private readonly ICudaFunctions contexts;
    private readonly nint context;
    private readonly int index;

    private CudaLauncher(ModuleFunctions driver, ICudaFunctions contexts, nint context, int index) =>
        (this.driver, this.contexts, this.context, this.index) = (driver, contexts, context, index);

    /// <summary>The launcher of a tensor's device; null where the tensor is on no GPU, or the driver lacks what it
    /// takes.</summary>
    public static CudaLauncher? For(Tensor x) =>
        Enabled && x.device_type == DeviceType.CUDA ? Devices.GetOrAdd(Math.Max(0, x.device_index), Open) : null;

    public bool Has(Kernel kernel) => Function(kernel) != 0;

    public void Launch(Kernel kernel, int x, int y, void* arguments)
    {
        var function = Function(kernel);
        using var measured = OperatorTimes.Kernel(kernel.Label);
        var failure = contexts.Within(
            context,
            () =>
                driver.Launch(
                    function,
                    x,
                    y,
                    kernel.Threads,
                    kernel.SharedBytes,
                    driver.CurrentStream(index),
                    arguments
                ),
            otherwise: -1
        );
        if (failure != 0)
            throw new InvalidOperationException($"{kernel.Name} did not start: CUDA error {failure}");
    }

    /// <remarks>The context stays retained, as libtorch's own use of it does, until the process ends.</remarks>
    private static CudaLauncher? Open(int index) =>
        ModuleFunctions.Load() is { } driver
        && CudaLibrary.Load() is { } contexts
        && contexts.RetainContext(index) is { } context
            ? new(driver, contexts, context, index)
            : null;

    private nint Function(Kernel kernel)
    {
        lock (functions)
        {
            if (functions.TryGetValue(kernel.Name, out var known))
                return known;
            return functions[kernel.Name] = contexts.Within(
                context,
                () =>
                {
                    if (!modules.TryGetValue(kernel.Source, out var module))
                        modules[kernel.Source] = module = driver.LoadModule(Source(kernel.Source));
                    return module == 0 ? 0 : driver.Function(module, kernel.Name, kernel.SharedBytes);
                },
                otherwise: 0
            );
        }
    }

    /// <summary>A compiled source, as text that ends with 0.</summary>
    private static byte[] Source(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"kernels/{name}.ptx")!;
        var text = new byte[stream.Length + 1];
        stream.ReadExactly(text.AsSpan(0, (int)stream.Length));
        return text;
    }
}
