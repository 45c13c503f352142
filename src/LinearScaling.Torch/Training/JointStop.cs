using LinearScaling.Torch.Collectives;

namespace LinearScaling.Torch.Training;

/// <summary>A stop that all ranks take at the same place: a signal to any of them becomes one for all at the next place
/// where they ask.</summary>
/// <param name="asked">Cancelled by a signal to this process.</param>
/// <param name="device">Where small messages are.</param>
internal sealed class JointStop(ICollectives ranks, Device device, CancellationToken asked) : IDisposable
{
    private readonly CancellationTokenSource source = new();

    /// <summary>Cancelled where all ranks stop.</summary>
    public CancellationToken Token => ranks.Size == 1 ? asked : source.Token;

    /// <summary>Asks the others; every rank has to.</summary>
    public bool IsCancelled()
    {
        if (ranks.Size > 1 && ranks.Any(asked.IsCancellationRequested, device, "signals to stop"))
            source.Cancel();
        return Token.IsCancellationRequested;
    }

    public void Dispose() => source.Dispose();
}
