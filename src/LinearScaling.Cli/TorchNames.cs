using TorchSharp;
using static TorchSharp.torch;

namespace LinearScaling.Cli;

/// <summary>What users type for libtorch's devices and element types.</summary>
internal static class TorchNames
{
    public static Device Device(string name)
    {
        if (name == "auto")
            return cuda.is_available() ? CUDA : CPU;
        if (name == "cpu")
            return CPU;
        if (name != "cuda" && !(name.StartsWith("cuda:", StringComparison.Ordinal) && int.TryParse(name.AsSpan(5), out _)))
            throw new LinearScalingException($"--device: unknown device '{name}'; one of: auto, cpu, cuda, cuda:N");
        if (!cuda.is_available())
            throw new LinearScalingException($"--device {name}: there is no CUDA device, or this libtorch is the CPU's; lcs doctor says which");
        return torch.device(name);
    }

    public static ScalarType DType(string name) => name == "fp64" ? ScalarType.Float64 : ScalarType.Float32;
}
