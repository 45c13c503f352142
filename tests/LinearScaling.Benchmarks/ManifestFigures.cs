using System.Diagnostics;
using System.Globalization;
using LinearScaling.Sequences;
using LinearScaling.Shards;

namespace LinearScaling.Benchmarks;

/// <summary>A manifest of 300 billion tokens without data behind it: time and memory to open it, time to find a
/// sequence, and how well batches are mixed.</summary>
internal static class ManifestFigures
{
    private const int Shards = 10_000;
    private const int SeqLen = 8192;
    private const int Batch = 480;

    public static void Print()
    {
        var folder = Directory.CreateTempSubdirectory("lcs-manifest-").FullName;
        try
        {
            Write(folder);
            // a process of its own, for its memory
            using var process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, ["manifest-of", folder]))!;
            process.WaitForExit();
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>The process that is measured.</summary>
    public static void PrintOne(string folder)
    {
        var started = Stopwatch.GetTimestamp();
        var manifest = Manifest.Read(folder);
        var order = new SequenceOrder(
            [.. manifest.Shards.SelectMany(s => s.RowGroups.Select(g => g.StreamTokens))],
            SeqLen,
            seed: 1
        );
        order.Locate(0);
        var opened = Stopwatch.GetElapsedTime(started).TotalSeconds;
        var peak = File.ReadLines("/proc/self/status")
            .First(l => l.StartsWith("VmHWM:", StringComparison.Ordinal))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)[1];

        const int finds = 1_000_000;
        var random = new Random(1);
        started = Stopwatch.GetTimestamp();
        for (var i = 0; i < finds; i++)
            order.Locate(order.PositionOf(random.NextInt64(order.FirstOf(1))));
        var each = Stopwatch.GetElapsedTime(started).TotalMicroseconds / finds;
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"Manifest of {order.StreamTokens / 1e9:F0} B tokens, {Shards:N0} shards, 300,000 row groups: "
                    + $"opened in {opened:F2} s; peak memory of the whole process "
                    + $"{double.Parse(peak, CultureInfo.InvariantCulture) * 1024 / 1e6:F0} MB; a random sequence "
                    + $"found in {each:F2} us"
            )
        );
        PrintMixing(order, random);
        GC.KeepAlive(manifest);
    }

    private static void PrintMixing(SequenceOrder order, Random random)
    {
        const int batches = 1000;
        var (apart, distinct) = (0L, 0L);
        for (var b = 0; b < batches; b++)
        {
            var first = random.NextInt64(order.FirstOf(1) / Batch) * Batch;
            var groups = Enumerable
                .Range(0, Batch)
                .Select(i => order.Locate(order.PositionOf(first + i)).Group)
                .ToList();
            apart += groups.Zip(groups.Skip(1)).Count(p => p.First != p.Second);
            distinct += groups.Distinct().Count();
        }
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"Batches of {Batch} sequences of {SeqLen}: {100.0 * apart / batches / (Batch - 1):F2} % of "
                    + $"consecutive sequences begin in different row groups; a batch draws on "
                    + $"{(double)distinct / batches:F1} row groups ({order.Lanes} lanes)"
            )
        );
    }

    private static void Write(string folder)
    {
        var random = new Random(1);
        ShardEntry Shard(int s) =>
            new(
                $"train-{s:D5}.parquet",
                Split.Train,
                100_000_000,
                $"{s:x32}",
                [
                    .. Enumerable
                        .Range(0, 30)
                        .Select(g => new RowGroupEntry(
                            1_000_000 + random.Next(50_000),
                            1500,
                            4_200_000,
                            $"{s * 30 + g:x32}"
                        )),
                ]
            );
        Manifest
            .Create(
                new("cl100k", "none", 100_277, 100_257),
                seed: 0,
                "none",
                [.. Enumerable.Range(0, Shards).Select(Shard)]
            )
            .Write(folder);
    }
}
