using System.Diagnostics;
using System.Globalization;
using LinearScaling.Input;
using LinearScaling.Preparing;
using LinearScaling.Sequences;
using LinearScaling.Shards;
using LinearScaling.Text;
using Parquet;
using Parquet.Schema;

namespace LinearScaling.Benchmarks;

/// <summary>Speed of the data path on one thread: tokenizers, text Parquet to shards, shards to sequences.</summary>
internal static class DataFigures
{
    /// <param name="args">A file or folder of text, "" for the sample corpus; then tokenizer files or folders to
    /// measure beside the built-in ones. Every text is read once.</param>
    public static async Task PrintAsync(string[] args)
    {
        var folder = Directory.CreateTempSubdirectory("lcs-data-").FullName;
        try
        {
            var texts = Texts(args.FirstOrDefault() ?? "");
            var text = await WriteParquetAsync(Path.Combine(folder, "text.parquet"), texts);
            Console.WriteLine("| what | M tokens/s | MB of text/s |");
            Console.WriteLine("|---|---|---|");
            foreach (var name in Tokenizer.BuiltIn.Concat(args.Skip(1)))
                PrintTokenizer(Tokenizer.Open(name), texts);
            await PrintPreparationAsync(text, folder);
            using var reading = Process.Start(
                new ProcessStartInfo(Environment.ProcessPath!, ["reading-of", Path.Combine(folder, "shards-cl100k")])
            )!;
            reading.WaitForExit();
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static List<string> Texts(string path)
    {
        if (path != "")
            return [.. InputFiles.Parts(InputFiles.Find([path]).Files).SelectMany(p => p.Documents())];
        var corpus = Corpus.Open(null, "byte");
        var groups = corpus.Manifest.ShardsIn(Split.Train).Sum(s => s.RowGroups.Count);
        return [.. Enumerable.Range(0, groups).SelectMany(g => corpus.Sample(Split.Train, g).Texts)];
    }

    private static void PrintTokenizer(Tokenizer tokenizer, List<string> texts)
    {
        var started = Stopwatch.GetTimestamp(); // once, from a cold cache of words: a corpus is read once
        var tokens = texts.Sum(t => (long)tokenizer.Encode(t).Length);
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        Row($"encode {tokenizer.Label}", tokens, texts.Sum(t => (double)t.Length), seconds);
    }

    private static async Task PrintPreparationAsync(string text, string folder)
    {
        foreach (var name in Tokenizer.BuiltIn)
        {
            var directory = Path.Combine(folder, $"shards-{name}");
            var started = Stopwatch.GetTimestamp();
            var manifest = await new Preparation(
                InputFiles.Parts([text]),
                Tokenizer.Open(name),
                new(RowGroupTokens: 1 << 20),
                directory
            ).RunAsync(threads: 1);
            var groups = manifest.Shards.SelectMany(s => s.RowGroups).ToList();
            Row(
                $"text Parquet to {name} shards",
                groups.Sum(g => (long)g.Tokens),
                groups.Sum(g => (double)g.TextBytes),
                Stopwatch.GetElapsedTime(started).TotalSeconds
            );
        }
    }

    /// <summary>The process that reads shards and nothing else: five epochs or more, and 200 M tokens. Its second half
    /// counts, when the program has been compiled for speed.</summary>
    public static void PrintReading(string directory)
    {
        const int seqLen = 2048;
        var corpus = Corpus.Open(directory);
        var buffer = new int[seqLen + 1];
        var count = corpus.TrainTokens / seqLen;
        var (speeds, resident) = (new List<double>(), new List<long>());
        // it would stay open from one epoch to the next: its epochs are of sources of their own
        var small = corpus.TrainTokens < 1 << 26;
        var source = corpus.Sequences(seqLen, seed: 1);
        for (var epoch = 0; epoch < Math.Max(5, 200_000_000 / corpus.TrainTokens); epoch++)
        {
            var first = small ? 0 : epoch * count;
            var started = Stopwatch.GetTimestamp();
            for (var i = first; i < first + count; i++)
                source.Read(i, buffer);
            if (small)
            {
                source.Dispose();
                source = corpus.Sequences(seqLen, seed: 1);
            }
            speeds.Add(count * seqLen / Stopwatch.GetElapsedTime(started).TotalSeconds / 1e6);
            resident.Add(Environment.WorkingSet / 1_000_000);
        }
        source.Dispose();
        var last = speeds[(speeds.Count / 2)..].Order().ToList();
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"| shards to sequences of {seqLen} | {last[0]:F1} to {last[^1]:F1}, median "
                    + $"{last[last.Count / 2]:F1} | |"
            )
        );
        Console.WriteLine();
        Console.WriteLine($"Memory of the reading process after each epoch: {string.Join(", ", resident)} MB");
    }

    private static async Task<string> WriteParquetAsync(string path, List<string> texts)
    {
        var field = new DataField<string>("text");
        await using var file = File.Create(path);
        await using var writer = await ParquetWriter.CreateAsync(
            new ParquetSchema(field),
            file,
            new ParquetOptions { CompressionMethod = CompressionMethod.Snappy }
        );
        foreach (var rows in texts.Chunk(1000))
        {
            using var group = writer.CreateRowGroup();
            await group.WriteAsync(field, rows);
            group.CompleteValidate();
        }
        return path;
    }

    private static void Row(string what, double tokens, double bytes, double seconds) =>
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"| {what} | {tokens / seconds / 1e6:F2} | {bytes / seconds / 1e6:F1} |"
            )
        );
}
