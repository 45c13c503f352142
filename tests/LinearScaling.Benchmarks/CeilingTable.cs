using System.Diagnostics;
using LinearScaling.Torch.Devices;

namespace LinearScaling.Benchmarks;

/// <summary>What a device reaches at its best: matrix products by type, and a copy within its memory.</summary>
internal static class CeilingTable
{
    public static void Print(string device)
    {
        var compute = ComputeDevice.Open(device);
        Console.WriteLine($"{compute.Description}");
        Console.WriteLine();
        Console.WriteLine("| what | reached |");
        Console.WriteLine("|---|---|");
        foreach (var (name, type) in new[] { ("bf16", ScalarType.BFloat16), ("fp32", ScalarType.Float32) })
            Console.WriteLine($"| {name} products | {PeakFlops.Measure(type, compute.Device) / 1e12:F1} TFLOP/s |");
        Console.WriteLine($"| copy, read and written | {Copy(compute.Device) / 1e12:F2} TB/s |");
    }

    private static double Copy(Device device)
    {
        using var scope = NewDisposeScope();
        var from = zeros([device.type == DeviceType.CPU ? 1 << 27 : 1 << 30], ScalarType.Byte, device);
        var to = empty_like(from);
        var best = double.MaxValue;
        for (var round = 0; round < 5; round++)
        {
            var began = Stopwatch.GetTimestamp();
            for (var i = 0; i < 10; i++)
                to.copy_(from);
            _ = to[0].item<byte>(); // waits for the device
            best = Math.Min(best, Stopwatch.GetElapsedTime(began).TotalSeconds / 10);
        }
        return 2 * from.numel() / best;
    }
}
