using System.Diagnostics;

namespace LinearScaling.Torch.Devices;

/// <summary>The matrix-product speed of a device, measured: what model FLOPs utilisation is a fraction of.</summary>
public static class PeakFlops
{
    /// <summary>FLOP/s of square products, best of several, on the threads torch uses now.</summary>
    public static double Measure(ScalarType dtype, Device device)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        var n = device.type == DeviceType.CUDA ? 8192 : 1024;
        var a = rand([n, n], ScalarType.Float32, device: device).to(dtype);
        var b = rand([n, n], ScalarType.Float32, device: device).to(dtype);
        var best = double.MaxValue;
        for (var i = 0; i < 6; i++)
        {
            using var inner = NewDisposeScope();
            Synchronize(device);
            var began = Stopwatch.GetTimestamp();
            a.matmul(b);
            Synchronize(device);
            if (i > 0) // the first product warms up
                best = Math.Min(best, Stopwatch.GetElapsedTime(began).TotalSeconds);
        }
        return 2.0 * n * n * n / best;
    }

    private static void Synchronize(Device device)
    {
        if (device.type == DeviceType.CUDA)
            cuda.synchronize(device);
    }
}
