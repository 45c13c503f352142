using System.Diagnostics;
using LinearScaling.Torch.Native.Profiling;

namespace LinearScaling.Torch.Training.Logs;

/// <summary>What a training step spends its time on.</summary>
public enum Phase
{
    /// <summary>Everything else: guards, records, the loop.</summary>
    Other,

    /// <summary>Waiting for the batch and copying it to the device.</summary>
    Data,

    /// <summary>Embedding and blocks, forward.</summary>
    Forward,

    /// <summary>Final norm, head, loss and their gradients.</summary>
    Head,

    /// <summary>What the backward pass computes again.</summary>
    Recompute,

    /// <summary>Blocks and embedding, backward.</summary>
    Backward,

    /// <summary>Sums of gradients over several processes, and waiting for them.</summary>
    Communication,

    /// <summary>Gradient norm and update.</summary>
    Optimizer,

    /// <summary>Snapshots, and waiting for checkpoints that are still being written.</summary>
    Save,
}

/// <summary>Attributes time to phases: each lasts until the next is entered.</summary>
/// <param name="operators">What measures operators; it is paused while saving.</param>
public sealed class PhaseClock(Device device, OperatorTimes? operators = null)
{
    private readonly TimeSpan[] spent = new TimeSpan[Enum.GetValues<Phase>().Length];
    private Phase current;
    private long since = Stopwatch.GetTimestamp();

    /// <summary>Time spent in a phase so far.</summary>
    public TimeSpan this[Phase phase] => spent[(int)phase];

    /// <summary>Resets all times to 0.</summary>
    public void Reset() => Array.Clear(spent);

    /// <summary>Ends the current phase. On CUDA it waits for the device, so that work counts in the phase that started
    /// it.</summary>
    public void Enter(Phase phase)
    {
        if (device.type == DeviceType.CUDA)
            cuda.synchronize(device);
        var now = Stopwatch.GetTimestamp();
        spent[(int)current] += Stopwatch.GetElapsedTime(since, now);
        (current, since) = (phase, now);
        operators?.Paused = phase == Phase.Save;
    }
}
