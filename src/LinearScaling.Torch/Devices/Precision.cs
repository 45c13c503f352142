namespace LinearScaling.Torch.Devices;

/// <summary>Element type of the matrix products; everything that accumulates is fp32.</summary>
public enum Precision
{
    /// <summary>bf16 on CUDA and on CPUs with AVX512_BF16 or AMX, else fp32.</summary>
    Auto,
    Fp32,
    Bf16,
}
