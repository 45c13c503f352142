namespace LinearScaling.Torch.Collectives;

/// <summary>One process: there is nobody to wait for, and every sum is the process's own.</summary>
public sealed class SingleProcess : ICollectives
{
    public int Rank => 0;

    public int Size => 1;

    public string Transport => "none";

    public RankSettings Settings { get; } = new();

    public TimeSpan Spent => TimeSpan.Zero;

    public long BytesSent => 0;

    public void ReduceScatter(Tensor flat, long slice, string what) { }

    public void AllGather(Tensor flat, long slice, string what) { }

    public void Broadcast(Tensor flat, string what) { }

    public void Wait() { }

    public ICollectives Neighbours(int count) => this;

    public void Abort(int exitCode) { }

    public void Dispose() { }
}
