using System.Diagnostics;
using System.Globalization;
using LinearScaling.Data;
using LinearScaling.Text;
using Parquet;
using Parquet.Schema;

namespace LinearScaling.Benchmarks;

/// <summary>Speed of the data path on one thread: tokenizers, text Parquet to shards, shards to sequences, and a manifest of 300 billion tokens.</summary>
internal static class DataFigures
{
    private const int Documents = 4000;

    /// <param name="args">Tokenizer files or folders to measure beside the built-in ones.</param>
    public static async Task PrintAsync(string[] args)
    {
        var folder = Directory.CreateTempSubdirectory("lcs-data-").FullName;
        try
        {
            // Documents of web-page size, out of the SDK's reference text, once over.
            var texts = Corpus.Open(null, "byte").Sample(Split.Train).Texts.ToList();
            texts = [.. Enumerable.Range(0, Documents).Select(i => string.Concat(Enumerable.Range(0, 8).Select(k => texts[(i * 8 + k * 131) % texts.Count])))];
            var text = await WriteParquetAsync(Path.Combine(folder, "text.parquet"), texts);
            Console.WriteLine("| what | M tokens/s | MB of text/s |");
            Console.WriteLine("|---|---|---|");
            foreach (var name in Tokenizer.BuiltIn.Concat(args))
                PrintTokenizer(Tokenizer.Open(name), texts);
            await PrintPreparationAsync(text, folder);
            PrintReading(Path.Combine(folder, "shards-cl100k"));
            Console.WriteLine();
            PrintLargeManifest(folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void PrintTokenizer(Tokenizer tokenizer, List<string> texts)
    {
        var tokens = 0L;
        var seconds = Best(3, () => tokens = texts.Sum(t => (long)tokenizer.Encode(t).Length));
        Row($"encode {tokenizer.Label}", tokens, texts.Sum(t => (double)t.Length), seconds);
    }

    private static async Task PrintPreparationAsync(string text, string folder)
    {
        foreach (var name in Tokenizer.BuiltIn)
        {
            var directory = Path.Combine(folder, $"shards-{name}");
            var started = Stopwatch.GetTimestamp();
            var manifest = await new Preparation(InputFiles.Parts([text]), Tokenizer.Open(name), new(RowGroupTokens: 1 << 20), directory).RunAsync(threads: 1);
            var groups = manifest.Shards.SelectMany(s => s.RowGroups).ToList();
            Row($"text Parquet to {name} shards", groups.Sum(g => (long)g.Tokens), groups.Sum(g => (double)g.TextBytes), Stopwatch.GetElapsedTime(started).TotalSeconds);
        }
    }

    private static void PrintReading(string directory)
    {
        const int seqLen = 2048;
        var corpus = Corpus.Open(directory);
        var buffer = new int[seqLen + 1];
        var count = corpus.TrainTokens / seqLen;
        var seconds = Best(5, () =>
        {
            using var source = corpus.Sequences(seqLen, seed: 1);
            for (var i = 0L; i < count; i++)
                source.Read(i, buffer);
        });
        Row($"shards to sequences of {seqLen}", count * seqLen, 0, seconds);
    }

    private static void PrintLargeManifest(string folder)
    {
        var random = new Random(1);
        ShardEntry Shard(int s) => new($"train-{s:D5}.parquet", Split.Train, 100_000_000, $"{s:x32}",
            [.. Enumerable.Range(0, 30).Select(g => new RowGroupEntry(1_000_000 + random.Next(50_000), 1500, 4_200_000, $"{s * 30 + g:x32}"))]);
        Manifest.Create(new("cl100k", "none", 100_277, 100_257), seed: 0, "none", [.. Enumerable.Range(0, 10_000).Select(Shard)]).Write(folder);
        GC.Collect();
        var before = Process.GetCurrentProcess().WorkingSet64;
        var started = Stopwatch.GetTimestamp();
        var manifest = Manifest.Read(folder);
        var order = new SequenceOrder([.. manifest.Shards.SelectMany(s => s.RowGroups.Select(g => g.StreamTokens))], 8192, seed: 1);
        order.Locate(0);
        var opened = Stopwatch.GetElapsedTime(started);
        var memory = Process.GetCurrentProcess().WorkingSet64 - before;
        const int finds = 1_000_000;
        started = Stopwatch.GetTimestamp();
        for (var i = 0; i < finds; i++)
            order.Locate(order.PositionOf(random.NextInt64(order.FirstOf(1))));
        var each = Stopwatch.GetElapsedTime(started).TotalMicroseconds / finds;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Manifest of {order.StreamTokens / 1e9:F0} B tokens, 10,000 shards, 300,000 row groups: opened in {opened.TotalSeconds:F2} s with {memory / 1e6:F0} MB; a random sequence found in {each:F2} us"));
    }

    private static async Task<string> WriteParquetAsync(string path, List<string> texts)
    {
        var field = new DataField<string>("text");
        await using var file = File.Create(path);
        await using var writer = await ParquetWriter.CreateAsync(new ParquetSchema(field), file, new ParquetOptions { CompressionMethod = CompressionMethod.Snappy });
        foreach (var rows in texts.Chunk(1000))
        {
            using var group = writer.CreateRowGroup();
            await group.WriteAsync(field, rows);
            group.CompleteValidate();
        }
        return path;
    }

    private static double Best(int rounds, Action action)
    {
        var best = double.MaxValue;
        for (var round = 0; round < rounds; round++)
        {
            var started = Stopwatch.GetTimestamp();
            action();
            best = Math.Min(best, Stopwatch.GetElapsedTime(started).TotalSeconds);
        }
        return best;
    }

    private static void Row(string what, double tokens, double bytes, double seconds) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {what} | {tokens / seconds / 1e6:F2} | {(bytes > 0 ? (bytes / seconds / 1e6).ToString("F1", CultureInfo.InvariantCulture) : "")} |"));
}
