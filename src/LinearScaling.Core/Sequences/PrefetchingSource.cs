using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace LinearScaling.Sequences;

/// <summary>Reads sequences ahead of the trainer on threads of its own, and names the shard when one takes
/// long.</summary>
/// <remarks>Several, since a run's first sequences lie in as many row groups as there are lanes. It guesses that reads
/// go on by the stride of the last two. A wrong guess costs time but changes no token. It serves one caller.</remarks>
public sealed class PrefetchingSource : ISequenceSource
{
    private const int MostReaders = 4;

    private readonly ISequenceSource source;
    private readonly int depth;
    private readonly Action<string>? stalled;
    private readonly TimeSpan patience;
    private readonly BlockingCollection<Request> work = [];
    private readonly Queue<Request> ahead = [];
    private readonly Thread[] readers = new Thread[Math.Clamp(Environment.ProcessorCount, 1, MostReaders)];
    private long last = -1;

    /// <param name="depth">Sequences read ahead.</param>
    /// <param name="stalled">Told after every <paramref name="patience"/> of waiting for one sequence: its shard, and
    /// the time waited so far.</param>
    /// <param name="patience">30 seconds by default.</param>
    public PrefetchingSource(
        ISequenceSource source,
        int depth = 64,
        Action<string>? stalled = null,
        TimeSpan? patience = null
    )
    {
        this.source = source;
        this.depth = depth;
        this.stalled = stalled;
        this.patience = patience ?? TimeSpan.FromSeconds(30);
        for (var i = 0; i < readers.Length; i++)
        {
            readers[i] = new Thread(ReadAhead) { IsBackground = true, Name = "data" };
            readers[i].Start();
        }
    }

    public int SeqLen => source.SeqLen;

    /// <summary>Begins to read ahead before the first sequence is asked for: a run's first batches draw on as many row
    /// groups as there are lanes.</summary>
    /// <param name="index">The sequence that will be asked for first.</param>
    public void Begin(long index)
    {
        Restart(index);
        ReadOn(index, stride: 1);
    }

    public void Read(long index, Span<int> tokens)
    {
        var started = Stopwatch.GetTimestamp();
        var stride = last >= 0 && index > last ? index - last : 1;
        last = index;
        if (!ahead.TryPeek(out var next) || next.Index != index)
            Restart(index);
        var request = ahead.Dequeue();
        if (ahead.Count <= depth / 2) // many at a time: waking the reader costs more than a sequence
            ReadOn(index + stride, stride);
        while (Task.WaitAny([request.Tokens.Task], patience) < 0)
            stalled?.Invoke(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"data: waiting for {Stopwatch.GetElapsedTime(started).TotalSeconds:F1} s for "
                        + $"{source.Describe(index)}"
                )
            );
        request.Tokens.Task.GetAwaiter().GetResult().CopyTo(tokens);
    }

    public string Describe(long index) => source.Describe(index);

    public void Dispose()
    {
        foreach (var request in ahead)
            request.Cancelled = true;
        work.CompleteAdding();
        foreach (var reader in readers)
            reader.Join();
        work.Dispose();
        source.Dispose();
    }

    private void Restart(long index)
    {
        foreach (var request in ahead)
            request.Cancelled = true;
        ahead.Clear();
        Ask(index);
    }

    /// <summary>Requests as many sequences as may be ahead; the first of them is <paramref name="first"/>.</summary>
    private void ReadOn(long first, long stride)
    {
        for (var following = first + stride * ahead.Count; ahead.Count < depth; following += stride)
            Ask(following);
    }

    private void Ask(long index)
    {
        var request = new Request(index);
        ahead.Enqueue(request);
        work.Add(request);
    }

    private void ReadAhead()
    {
        foreach (var request in work.GetConsumingEnumerable())
        {
            if (request.Cancelled)
                continue;
            try
            {
                var tokens = new int[SeqLen + 1];
                source.Read(request.Index, tokens);
                request.Tokens.SetResult(tokens);
            }
            catch (Exception e) // whatever it is, it belongs to whoever asks for this sequence
            {
                request.Tokens.SetException(e);
            }
        }
    }

    private sealed class Request(long index)
    {
        public long Index => index;

        public TaskCompletionSource<int[]> Tokens { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public volatile bool Cancelled;
    }
}
