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
    private readonly bool isGroup;
    private readonly Queue<Call> calls = [];
    private readonly Action<LostRankException> lost;
    private readonly CancellationTokenSource ended = new();
    private readonly Thread watch;

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
        RankSettings? ofRun
    )
    {
        (this.nccl, this.streams, this.communicator, this.lost) = (nccl, streams, communicator, lost);
        (isGroup, Settings) = (ofRun is not null, ofRun ?? new());
        (Rank, Size) = (rank, size);
        watch = new Thread(Watch) { IsBackground = true, Name = "collectives" };
        watch.Start();
    }

    public int Rank { get; }

    public int Size { get; }

    public string Transport => nccl.Version;

    public RankSettings Settings { get; }

    /// <remarks>The host does not wait; a profile counts what the device waits.</remarks>
    public TimeSpan Spent => TimeSpan.Zero;

    public long BytesSent { get; private set; }

    public void ReduceScatter(Tensor flat, long slice, string what)
    {
        var (type, stream) = (NcclLibrary.TypeOf(flat.dtype), streams.Communication);
        Do(
            flat,
            what,
            (flat.numel() - Slices.Range(flat.numel(), slice, Rank).Count) * flat.ElementSize,
            () =>
                BySlices(
                    flat,
                    slice,
                    (all, own) => nccl.ReduceScatter(all, own, slice, type, communicator, stream),
                    (rank, memory, count) => nccl.Reduce(memory, memory, count, type, rank, communicator, stream)
                )
        );
    }

    public void AllGather(Tensor flat, long slice, string what)
    {
        var (type, stream) = (NcclLibrary.TypeOf(flat.dtype), streams.Communication);
        Do(
            flat,
            what,
            Slices.Range(flat.numel(), slice, Rank).Count * flat.ElementSize * (Size - 1),
            () =>
                BySlices(
                    flat,
                    slice,
                    (all, own) => nccl.AllGather(own, all, slice, type, communicator, stream),
                    (rank, memory, count) => nccl.Broadcast(memory, memory, count, type, rank, communicator, stream)
                )
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
            Settings
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
        watch.Join();
        nccl.End(communicator);
        if (!isGroup)
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
            throw CollectiveMistakes.Failed(what, Settings.Step, e.Message);
        }
        BytesSent += bytes;
        lock (calls)
            calls.Enqueue(new(what, Settings.Step, streams.Mark(), Stopwatch.GetTimestamp()));
        GC.KeepAlive(flat);
    }

    /// <summary>One call where the slices are equal, as NCCL wants them; else one for each slice.</summary>
    /// <param name="whole">Given the first element, and the first of this rank's slice.</param>
    /// <param name="each">Given a rank, the first element of its slice, and how many it has.</param>
    private void BySlices(Tensor flat, long slice, Action<nint, nint> whole, Action<int, nint, long> each)
    {
        var start = TensorMemory.Start(flat);
        if (flat.numel() == slice * Size)
            whole(start, At(start, Rank * slice, flat));
        else
            nccl.Together(() =>
            {
                for (var rank = 0; rank < Size; rank++)
                    if (Slices.Range(flat.numel(), slice, rank) is { Count: > 0 } range)
                        each(rank, At(start, range.Start, flat), range.Count);
            });
    }

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
            else if (oldest is not null && Stopwatch.GetElapsedTime(oldest.Began) > Settings.Patience)
                Give(CollectiveMistakes.NotDone(oldest.What, oldest.Step, Settings.Patience));
        }

        void Give(LostRankException failure)
        {
            Abort(exitCode: 2);
            lost(failure);
        }
    }
}
