using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using LinearScaling.Torch.Collectives;

namespace LinearScaling.Tests.Torch.Collectives;

/// <summary>Ranks as threads of this process, which send each other copies.</summary>
internal static class ThreadRanks
{
    /// <summary>Runs <paramref name="work"/> on every rank; the first failure that is none of a rank's waiting for
    /// another that failed becomes the caller's.</summary>
    public static void Run(int ranks, Action<ICollectives> work) =>
        Run(
            ranks,
            c =>
            {
                work(c);
                return 0;
            }
        );

    /// <returns>What every rank returned.</returns>
    public static T[] Run<T>(int ranks, Func<ICollectives, T> work, double patience = 60)
    {
        var mail = new Mail(ranks);
        var results = new T[ranks];
        var failures = new ConcurrentQueue<Exception>();
        var threads = Enumerable
            .Range(0, ranks)
            .Select(rank => new Thread(() =>
            {
                try
                {
                    using var collectives = new MessageCollectives(new Messages(mail, rank));
                    collectives.Settings.Patience = TimeSpan.FromSeconds(patience);
                    results[rank] = work(collectives);
                }
                catch (Exception e)
                {
                    failures.Enqueue(e);
                    mail.Failed = true;
                }
            }))
            .ToList();
        threads.ForEach(t => t.Start());
        threads.ForEach(t => t.Join());
        if ((failures.FirstOrDefault(f => f is not LostRankException) ?? failures.FirstOrDefault()) is { } failure)
            ExceptionDispatchInfo.Throw(failure);
        return results;
    }

    /// <summary>What is on its way.</summary>
    private sealed class Mail(int ranks)
    {
        private readonly ConcurrentQueue<byte[]>[] boxes =
        [
            .. Enumerable.Range(0, ranks * ranks).Select(_ => new ConcurrentQueue<byte[]>()),
        ];

        public int Ranks => ranks;

        public volatile bool Failed;

        public ConcurrentQueue<byte[]> Box(int from, int to) => boxes[from * ranks + to];
    }

    private sealed class Messages(Mail mail, int rank) : IMessages
    {
        private readonly Dictionary<nint, (int Peer, nint Memory, int Bytes)> waiting = [];
        private nint requests;

        public int Rank => rank;

        public int Size => mail.Ranks;

        public string Name => "threads";

        public nint Send(int peer, nint memory, long bytes)
        {
            var copy = new byte[bytes];
            Marshal.Copy(memory, copy, 0, copy.Length);
            mail.Box(rank, peer).Enqueue(copy);
            return 0;
        }

        public nint Receive(int peer, nint memory, long bytes)
        {
            waiting.Add(++requests, (peer, memory, (int)bytes));
            return requests;
        }

        public bool IsDone(ref nint request)
        {
            if (request == 0)
                return true;
            if (mail.Failed)
                throw new IOException("another rank failed");
            var number = request;
            var (peer, memory, bytes) = waiting[number];
            var earlier = waiting.Any(w => w.Value.Peer == peer && w.Key < number);
            if (earlier || !mail.Box(peer, rank).TryDequeue(out var message))
                return false;
            Assert.Equal(bytes, message.Length);
            Marshal.Copy(message, 0, memory, bytes);
            waiting.Remove(request);
            request = 0;
            return true;
        }

        public void Abort(int exitCode) => mail.Failed = true;

        public void Dispose() { }
    }
}
