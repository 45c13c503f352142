using System.Runtime.InteropServices;

namespace LinearScaling.Torch.Training;

/// <summary>Failures of the machine that libtorch reports as exceptions, in words a user can act on.</summary>
internal static class EngineFailure
{
    /// <returns>Null for any other failure.</returns>
    public static string? Explain(Exception e) =>
        e switch
        {
            OutOfMemoryException => OutOfMemory(e.Message),
            ExternalException
                when Says(e, "out of memory") || Says(e, "not enough memory") || Says(e, "allocate memory") =>
                OutOfMemory(FirstLine(e)),
            ExternalException when Says(e, "CUDA error") || Says(e, "CUDNN_STATUS") || Says(e, "CUBLAS_STATUS") =>
                $"the device failed ({FirstLine(e)}); see that it is there (lcs doctor)",
            _ => null,
        };

    private static string OutOfMemory(string detail) =>
        $"memory ran out ({detail}); try train.micro_batch: 1, train.recompute: full, a shorter data.seq_len, or a "
        + $"machine with more";

    private static bool Says(Exception e, string text) => e.Message.Contains(text, StringComparison.OrdinalIgnoreCase);

    private static string FirstLine(Exception e) => e.Message.Split('\n')[0].Trim();
}
