using System.Diagnostics;
using LinearScaling.Torch.Native;

namespace LinearScaling.Torch.Collectives;

/// <summary>
/// Collectives out of messages, for tensors of the CPU. Every rank sends each of the others what is for it, which costs
/// the bytes of a ring, sums in the order of the ranks, and knows of everyone who does not come.
/// </summary>
internal sealed class MessageCollectives : ICollectives
{
    /// <summary>Bytes that a rank receives at a time into memory of its own.</summary>
    public const long ReceivedAtOnce = 32 << 20;

    /// <summary>Bytes of a message, which an int counts.</summary>
    private const long LongestMessage = 1 << 28;

    /// <summary>Waiting begins with so much polling; a rank that keeps the others waiting longer needs the
    /// processor.</summary>
    private static readonly TimeSpan Polling = TimeSpan.FromMilliseconds(20);

    private readonly IMessages messages;
    private readonly int first;
    private readonly List<Transfer> pending = [];

    public MessageCollectives(IMessages messages)
        : this(messages, 0, messages.Size, new()) { }

    private MessageCollectives(IMessages messages, int first, int size, RankSettings settings)
    {
        (this.messages, this.first, Settings) = (messages, first, settings);
        (Rank, Size) = (messages.Rank - first, size);
    }

    public int Rank { get; }

    public int Size { get; }

    public string Transport => messages.Name;

    public RankSettings Settings { get; }

    public TimeSpan Spent { get; private set; }

    public long BytesSent { get; private set; }

    public void ReduceScatter(Tensor flat, long slice, string what)
    {
        if (Size == 1)
            return;
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        var own = Slices.Range(flat.numel(), slice, Rank);
        var piece = Math.Clamp(ReceivedAtOnce / (flat.ElementSize * (Size - 1)), 1, Math.Max(1, slice));
        var incoming = empty([Size - 1, Math.Min(piece, Math.Max(1, own.Count))], flat.dtype);
        for (var at = 0L; at < slice; at += piece)
        {
            var mine = Piece(own, at, piece);
            foreach (var peer in Peers())
            {
                var theirs = Piece(Slices.Range(flat.numel(), slice, peer), at, piece);
                Send(peer, flat, theirs);
                Receive(peer, incoming, (Row(peer) * incoming.size(1), mine.Count));
            }
            Complete(what);
            Sum(flat.narrow(0, mine.Start, mine.Count), incoming.narrow(1, 0, mine.Count));
        }
    }

    public void AllGather(Tensor flat, long slice, string what)
    {
        if (Size == 1)
            return;
        foreach (var peer in Peers())
        {
            Receive(peer, flat, Slices.Range(flat.numel(), slice, peer));
            Send(peer, flat, Slices.Range(flat.numel(), slice, Rank));
        }
        Complete(what);
        GC.KeepAlive(flat);
    }

    public void Broadcast(Tensor flat, string what)
    {
        if (Size == 1)
            return;
        if (Rank == 0)
            foreach (var peer in Peers())
                Send(peer, flat, (0, flat.numel()));
        else
            Receive(0, flat, (0, flat.numel()));
        Complete(what);
        GC.KeepAlive(flat);
    }

    public void Wait() { }

    public ICollectives Neighbours(int count) =>
        count == Size ? this
        : count == 1 ? new SingleProcess()
        : new MessageCollectives(messages, messages.Rank / count * count, count, Settings);

    public void Abort(int exitCode) => messages.Abort(exitCode);

    public void Dispose()
    {
        if (Size == messages.Size) // else a group's
            messages.Dispose();
    }

    /// <summary>The other ranks, beginning with the next one, so that not all send to the same first.</summary>
    private IEnumerable<int> Peers() => Enumerable.Range(1, Size - 1).Select(i => (Rank + i) % Size);

    /// <summary>The row of what a rank sends among what the others send.</summary>
    private long Row(int peer) => peer < Rank ? peer : peer - 1;

    private static (long Start, long Count) Piece((long Start, long Count) range, long at, long length)
    {
        var start = Math.Min(at, range.Count);
        return (range.Start + start, Math.Min(length, range.Count - start));
    }

    /// <summary>Adds to this rank's values those of the others, in the order of all ranks.</summary>
    private void Sum(Tensor own, Tensor others)
    {
        if (Rank > 0)
        {
            var before = others.select(0, 0);
            for (var i = 1; i < Rank; i++)
                before.add_(others.select(0, i));
            own.add_(before); // a + b is b + a to the bit
        }
        for (var i = Rank; i < Size - 1; i++)
            own.add_(others.select(0, i));
    }

    private void Send(int peer, Tensor flat, (long Start, long Count) range) =>
        Begin(flat, range, peer, (memory, bytes) => messages.Send(first + peer, memory, bytes), sends: true);

    private void Receive(int peer, Tensor flat, (long Start, long Count) range) =>
        Begin(flat, range, peer, (memory, bytes) => messages.Receive(first + peer, memory, bytes), sends: false);

    private void Begin(Tensor flat, (long Start, long Count) range, int peer, Func<nint, long, nint> begin, bool sends)
    {
        var (at, end) = (range.Start * flat.ElementSize, (range.Start + range.Count) * flat.ElementSize);
        for (var start = TensorMemory.Start(flat); at < end; at += LongestMessage)
        {
            var bytes = Math.Min(LongestMessage, end - at);
            pending.Add(new(peer, begin(start + (nint)at, bytes)));
            BytesSent += sends ? bytes : 0;
        }
    }

    /// <summary>Waits for all that was begun.</summary>
    private void Complete(string what)
    {
        var began = Stopwatch.GetTimestamp();
        try
        {
            for (var waited = TimeSpan.Zero; !AllDone(what); waited = Stopwatch.GetElapsedTime(began))
                if (waited > Settings.Patience)
                    throw CollectiveMistakes.Missing(
                        [.. pending.Select(p => first + p.Peer).Distinct().Order()],
                        messages.Size,
                        what,
                        Settings.Step,
                        Settings.Patience
                    );
                else if (waited < Polling)
                    Thread.Yield();
                else
                    Thread.Sleep(1);
        }
        finally
        {
            pending.Clear();
            Spent += Stopwatch.GetElapsedTime(began);
        }
    }

    private bool AllDone(string what)
    {
        for (var i = pending.Count - 1; i >= 0; i--)
            try
            {
                if (messages.IsDone(ref pending[i].Request))
                    pending.RemoveAt(i);
            }
            catch (IOException e)
            {
                throw CollectiveMistakes.Broken([first + pending[i].Peer], what, Settings.Step, e.Message);
            }
        return pending.Count == 0;
    }

    private sealed class Transfer(int peer, nint request)
    {
        public readonly int Peer = peer;
        public nint Request = request;
    }
}
