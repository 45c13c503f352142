using System.Diagnostics;
using LinearScaling.Torch.Native;

namespace LinearScaling.Torch.Collectives;

/// <summary>
/// Collectives by NCCL on a stream of their own, so that a block's gradients are summed while the next block's are
/// computed. NCCL's ring adds in one fixed order, so the same ranks give the same bits.
/// </summary>
internal sealed class NcclCollectives : ICollectives
{
    private static readonly TimeSpan WatchInterval = TimeSpan.FromMilliseconds(200);

    private readonly NcclLibrary nccl;
    private readonly nint communicator;
    private readonly IDeviceStreams streams;
    private readonly NcclCollectives? whole;
    private readonly Queue<Call> calls = [];
    private readonly Action<LostRankException> lost;
    private readonly CancellationTokenSource ended = new();
    private readonly Thread? watch;
    private TimeSpan patience = TimeSpan.FromMinutes(10);
    private long step;

    /// <summary>A call that may not be done yet.</summary>
    private sealed record Call(string What, long Step, nint Mark, long Began);

    /// <param name="lost">Told, on a thread of its own, that a call did not end in time or failed; it ends the process,
    /// whose threads may wait for the device for ever.</param>
    public NcclCollectives(
        NcclLibrary nccl,
        IDeviceStreams streams,
        int rank,
        int size,
        byte[] id,
        Action<LostRankException> lost
    )
        : this(nccl, streams, rank, size, nccl.Begin(size, id, rank), lost, null) { }

    private NcclCollectives(
        NcclLibrary nccl,
        IDeviceStreams streams,
        int rank,
        int size,
        nint communicator,
        Action<LostRankException> lost,
        NcclCollectives? whole
    )
    {
        (this.nccl, this.streams, this.communicator, this.lost, this.whole) = (
            nccl,
            streams,
            communicator,
            lost,
            whole
        );
        (Rank, Size) = (rank, size);
        watch = new Thread(Watch) { IsBackground = true, Name = "collectives" };
        watch.Start();
    }

    public int Rank { get; }

    public int Size { get; }

    public string Transport => nccl.Version;

    public long Step
    {
        get => whole?.Step ?? step;
        set => step = value;
    }

    public TimeSpan Patience
    {
        get => whole?.Patience ?? patience;
        set => patience = value;
    }

    /// <remarks>The host does not wait; a profile counts what the device waits.</remarks>
    public TimeSpan Spent => TimeSpan.Zero;

    public long BytesSent { get; private set; }

    public void ReduceScatter(Tensor flat, long slice, string what)
    {
        var (start, type) = (TensorMemory.Start(flat), NcclLibrary.TypeOf(flat.dtype));
        Do(
            flat,
            what,
            (flat.numel() - Slices.Range(flat.numel(), slice, Rank).Count) * flat.ElementSize,
            () =>
            {
                if (flat.numel() == slice * Size)
                    nccl.ReduceScatter(
                        start,
                        At(start, Rank * slice, flat),
                        slice,
                        type,
                        communicator,
                        streams.Communication
                    );
                else
                    EachSlice(
                        flat,
                        slice,
                        (rank, memory, count) =>
                            nccl.Reduce(memory, memory, count, type, rank, communicator, streams.Communication)
                    );
            }
        );
    }

    public void AllGather(Tensor flat, long slice, string what)
    {
        var (start, type) = (TensorMemory.Start(flat), NcclLibrary.TypeOf(flat.dtype));
        Do(
            flat,
            what,
            Slices.Range(flat.numel(), slice, Rank).Count * flat.ElementSize * (Size - 1),
            () =>
            {
                if (flat.numel() == slice * Size)
                    nccl.AllGather(
                        At(start, Rank * slice, flat),
                        start,
                        slice,
                        type,
                        communicator,
                        streams.Communication
                    );
                else
                    EachSlice(
                        flat,
                        slice,
                        (rank, memory, count) =>
                            nccl.Broadcast(memory, memory, count, type, rank, communicator, streams.Communication)
                    );
            }
        );
    }

    public void Broadcast(Tensor flat, string what)
    {
        var start = TensorMemory.Start(flat);
        Do(
            flat,
            what,
            Rank == 0 ? flat.numel() * flat.ElementSize : 0,
            () =>
                nccl.Broadcast(
                    start,
                    start,
                    flat.numel(),
                    NcclLibrary.TypeOf(flat.dtype),
                    root: 0,
                    communicator,
                    streams.Communication
                )
        );
    }

    public void Wait() => streams.EndCommunication();

    public ICollectives Neighbours(int count) =>
        count == Size ? this
        : count == 1 ? new SingleProcess()
        : new NcclCollectives(
            nccl,
            streams,
            Rank % count,
            count,
            nccl.Split(communicator, Rank / count, Rank),
            lost,
            whole ?? this
        );

    /// <remarks>Aborted, not destroyed: a destruction waits for ranks that are gone.</remarks>
    public void Abort(int exitCode)
    {
        ended.Cancel();
        nccl.Abort(communicator);
    }

    public void Dispose()
    {
        ended.Cancel();
        watch?.Join();
        nccl.End(communicator);
        if (whole is null)
            streams.Dispose();
        ended.Dispose();
    }

    private void Do(Tensor flat, string what, long bytes, Action call)
    {
        streams.BeginCommunication();
        try
        {
            call();
        }
        catch (IOException e)
        {
            throw CollectiveMistakes.Failed(what, Step, e.Message);
        }
        BytesSent += bytes;
        lock (calls)
            calls.Enqueue(new(what, Step, streams.Mark(), Stopwatch.GetTimestamp()));
        GC.KeepAlive(flat);
    }

    private void EachSlice(Tensor flat, long slice, Action<int, nint, long> call) =>
        nccl.Together(() =>
        {
            for (var rank = 0; rank < Size; rank++)
                if (Slices.Range(flat.numel(), slice, rank) is { Count: > 0 } range)
                    call(rank, At(TensorMemory.Start(flat), range.Start, flat), range.Count);
        });

    private static nint At(nint start, long element, Tensor flat) => start + (nint)(element * flat.ElementSize);

    /// <summary>Sees that every call ends in time.</summary>
    private void Watch()
    {
        while (!ended.Token.WaitHandle.WaitOne(WatchInterval))
        {
            lock (calls)
                while (calls.TryPeek(out var done) && streams.IsDone(done.Mark))
                    calls.Dequeue();
            Call? oldest;
            lock (calls)
                calls.TryPeek(out oldest);
            if (oldest is not null && nccl.AsyncError(communicator) is { } error)
                Give(CollectiveMistakes.Failed(oldest.What, oldest.Step, error));
            else if (oldest is not null && Stopwatch.GetElapsedTime(oldest.Began) > Patience)
                Give(CollectiveMistakes.NotDone(oldest.What, oldest.Step, Patience));
        }

        void Give(LostRankException failure)
        {
            Abort(exitCode: 2);
            lost(failure);
        }
    }
}
