using LinearScaling.Torch.Native;

namespace LinearScaling.Torch.Devices;

/// <summary>Where a command computes: a device, the threads, and what it can do.</summary>
public sealed record ComputeDevice(Device Device, int Threads, bool FastBf16, string Description)
{
    /// <param name="name">auto, cpu, cuda or cuda:N.</param>
    /// <param name="threads">CPU threads of torch; 0 for one per core.</param>
    /// <exception cref="LinearScalingException">The name is unknown or the machine has no such device.</exception>
    public static ComputeDevice Open(string name, int threads = 0)
    {
        LibTorch.Load();
        var cudaDevices = CudaDriver.Devices();
        var count = threads > 0 ? threads : Environment.ProcessorCount;
        set_num_threads(count);
        if (name == "auto")
            name = cudaDevices.Count > 0 ? "cuda:0" : "cpu";
        if (name == "cpu")
        {
            // On AMD's processors MKL has half the speed of oneDNN; on Intel's its small products are faster. The
            // choice depends on the processor and on no timing, so that a resumed run computes the same bits.
            var oneDnn =
                CpuFeatures.IsAmd() && Dispatcher.SetFloat32MatmulPrecision("medium") && Fp32ProductsAreExact();
            if (!oneDnn)
                Dispatcher.SetFloat32MatmulPrecision("highest");
            return new ComputeDevice(
                CPU,
                count,
                CpuFeatures.HasBf16(),
                $"cpu ({(oneDnn ? "oneDNN" : "MKL")} fp32 products)"
            );
        }
        var index =
            name == "cuda" ? 0
            : name.StartsWith("cuda:", StringComparison.Ordinal) && int.TryParse(name.AsSpan(5), out var i) ? i
            : -1;
        if (index < 0)
            throw new LinearScalingException($"--device: unknown device '{name}'; one of: auto, cpu, cuda, cuda:N");
        if (index >= cudaDevices.Count)
            throw new LinearScalingException(
                $"--device {name}: this machine offers {Offered(cudaDevices.Count)}; lcs doctor says what was found"
            );
        // fp32 products use TF32, as is usual on tensor cores: ten bits of mantissa, range and sums of fp32.
        Dispatcher.SetFloat32MatmulPrecision("high");
        return new ComputeDevice(device(DeviceType.CUDA, index), count, true, $"cuda:{index} ({cudaDevices[index]})");
    }

    private static string Offered(int count) => count == 0 ? "no CUDA device to libtorch" : $"{count} CUDA device(s)";

    /// <summary>The element type that a precision setting means here.</summary>
    public ScalarType Resolve(Precision precision) =>
        precision switch
        {
            Precision.Bf16 => ScalarType.BFloat16,
            Precision.Auto when FastBf16 => ScalarType.BFloat16,
            _ => ScalarType.Float32,
        };

    /// <summary>Bytes that a process may still take: free device memory, or the host's available memory.</summary>
    public long AvailableMemory() =>
        Device.type == DeviceType.CUDA
            ? CudaDriver.Memory(Device.index)?.Free ?? long.MaxValue
            : HostMemory.Available();

    /// <summary>Bytes in use: of the device, or of this process.</summary>
    public static long UsedMemory(Device device) =>
        device.type == DeviceType.CUDA
            ? CudaDriver.Memory(device.index) is { } memory
                ? memory.Total - memory.Free
                : 0
            : Environment.WorkingSet;

    /// <summary>oneDNN's fast path keeps fp32 on most CPUs but may round to bf16 on AMX, so its error is measured
    /// first.</summary>
    private static bool Fp32ProductsAreExact()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var a = rand([256, 256], ScalarType.Float32, generator: generator) - 0.5;
        var b = rand([256, 256], ScalarType.Float32, generator: generator) - 0.5;
        var exact = a.to(ScalarType.Float64).matmul(b.to(ScalarType.Float64));
        return ((a.matmul(b).to(ScalarType.Float64) - exact).norm() / exact.norm()).item<double>() < 2e-6;
    }
}
