using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using LinearScaling.Files;
using LinearScaling.Input;
using LinearScaling.Shards;
using LinearScaling.Text;

namespace LinearScaling.Preparing;

/// <summary>Text to token shards: reads and tokenizes every part once, spilling documents by shard, then sorts and
/// writes each shard.</summary>
/// <remarks>
/// The order of documents is a hash of (seed, text, ordinal), so neither the number of threads nor an interruption
/// changes a byte of the result. Finished spill files and shards are not made again. Memory: a block of tokens or a
/// shard per thread, however large the corpus is.
/// </remarks>
public sealed class Preparation
{
    private readonly PreparePlan plan;
    private readonly string directory;
    private readonly string work;
    private readonly Action<PrepareProgress>? report;
    private readonly Lock gate = new();
    private PrepareProgress progress;

    /// <param name="directory">Where the shards and the manifest go.</param>
    /// <param name="report">Called as the work goes on, by one thread at a time.</param>
    public Preparation(
        IReadOnlyList<InputPart> parts,
        Tokenizer tokenizer,
        PrepareOptions options,
        string directory,
        Action<PrepareProgress>? report = null
    )
    {
        plan = new(parts, tokenizer, options);
        this.directory = Path.GetFullPath(directory);
        work = Path.Combine(this.directory, Manifest.WorkFolder);
        this.report = report;
        progress = new("tokenizing", 0, plan.TextBytes, 0, 0);
    }

    /// <summary>What was read from each input file; empty before it was, and where the shards were there
    /// already.</summary>
    public IReadOnlyList<ReadFile> Files { get; private set; } = [];

    /// <summary>Does what remains to be done and returns the manifest.</summary>
    /// <exception cref="LinearScalingException">The directory holds something else, an input cannot be read, or nothing
    /// more can be written.</exception>
    public async Task<Manifest> RunAsync(int threads, CancellationToken cancellationToken = default)
    {
        try
        {
            return await PrepareAsync(threads, cancellationToken);
        }
        catch (Exception e) when (StorageFailure.Is(e))
        {
            throw PreparingMistakes.NotPrepared(directory, e);
        }
    }

    private async Task<Manifest> PrepareAsync(int threads, CancellationToken cancellationToken)
    {
        using var claim = WorkClaim.Take(
            directory,
            work,
            plan.Hash,
            () => Report(p => p with { Phase = $"waiting: another process prepares {directory}" }),
            cancellationToken
        );
        Report(p => p with { Phase = "tokenizing" });
        if (File.Exists(Path.Combine(directory, Manifest.FileName)))
            return Finish(Manifest.Read(directory));

        var parallel = new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellationToken };
        await Parallel.ForAsync(
            0,
            plan.Chunks.Count,
            parallel,
            (chunk, token) => // unlike Parallel.For it throws what was thrown, not a bag of it
            {
                Scatter(chunk, token);
                return ValueTask.CompletedTask;
            }
        );
        var spills = Enumerable
            .Range(0, plan.Chunks.Count)
            .Select(c => new SpillFile(SpillPath(c), plan.NumShards))
            .ToList();
        Files = PartCount.ByFile(plan.Parts, spills.SelectMany(s => s.Parts));
        var heldOut = new HeldOut(spills, plan.Options);

        Report(p => p with { Phase = "writing shards", Done = 0, Total = plan.NumShards + 1 });
        var entries = new ShardEntry?[plan.NumShards + 1];
        await Parallel.ForAsync(
            0,
            plan.NumShards + 1,
            parallel,
            async (shard, token) =>
            {
                entries[shard] = await GatherAsync(shard, spills, heldOut, token);
                Report(p => p with { Done = p.Done + 1 });
            }
        );

        var shards = entries.OfType<ShardEntry>().ToList();
        if (!shards.Exists(s => s.Split == Split.Train))
            throw PreparingMistakes.NothingToTrainOn(directory);
        var tokenizerFile = plan.Tokenizer.CopyTo(directory);
        var manifest = Manifest.Create(
            new(
                tokenizerFile is null ? plan.Tokenizer.Name : plan.Tokenizer.Label,
                plan.Tokenizer.Hash,
                plan.Tokenizer.VocabSize,
                plan.Tokenizer.EndOfText,
                tokenizerFile
            ),
            plan.Options.Seed,
            plan.Hash,
            shards
        );
        manifest.Write(directory);
        return Finish(manifest);
    }

    private Manifest Finish(Manifest manifest)
    {
        try
        {
            Directory.Delete(work, recursive: true);
        }
        catch (IOException)
        {
            // Another process has just claimed the folder; it will find the manifest and remove the folder itself.
        }
        return manifest;
    }

    private string SpillPath(int chunk) => Path.Combine(work, $"chunk-{chunk:D5}");

    /// <summary>Tokenizes one chunk of the input.</summary>
    private void Scatter(int chunk, CancellationToken cancellationToken)
    {
        var (first, parts) = plan.Chunks[chunk];
        if (!File.Exists(SpillPath(chunk)))
        {
            using var spill = new SpillWriter(SpillPath(chunk), plan);
            for (var i = 0; i < parts.Count; i++)
            {
                var count = new PartCount();
                foreach (var text in parts[i].Documents())
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    var document = Tokenize(text, first + i, count.Documents);
                    count = count.With(text);
                    if (document.Document.Tokens.Length > 0)
                        spill.Add(document);
                    Report(p =>
                        p with
                        {
                            Documents = p.Documents + 1,
                            Tokens = p.Tokens + document.Document.Tokens.Length,
                        }
                    );
                }
                spill.EndPart(count);
                Report(p => p with { Done = p.Done + parts[i].TextBytes });
            }
            spill.Complete();
        }
        else
            Report(p => p with { Done = p.Done + parts.Sum(part => part.TextBytes) });
    }

    private SpilledDocument Tokenize(string text, int part, int index)
    {
        var tokens = plan.Tokenizer.Encode(text);
        var hash = XxHash128.HashToUInt128(MemoryMarshal.AsBytes(text.AsSpan()));
        var order = SplitMix64.Mix(plan.Options.Seed, (ulong)hash);
        // Copies of a text must be in one shard to be dropped. Copies that are kept must not be, or they would be
        // neighbours.
        if (!plan.Options.DropDuplicates)
            order = SplitMix64.Mix(order, ((ulong)part << 32) | (uint)index);
        return new(order, hash, part, index, new(tokens, Encoding.UTF8.GetByteCount(text)));
    }

    /// <summary>Writes one shard; the one after the last holds the validation documents.</summary>
    private async Task<ShardEntry?> GatherAsync(
        int shard,
        List<SpillFile> spills,
        HeldOut heldOut,
        CancellationToken cancellationToken
    )
    {
        var split = shard < plan.NumShards ? Split.Train : Split.Validation;
        var path = Path.Combine(
            directory,
            split == Split.Train ? $"train-{shard:D5}.parquet" : "validation-00000.parquet"
        );
        var done = Path.Combine(work, Path.GetFileName(path) + ".json");
        if (File.Exists(done))
            return JsonSerializer.Deserialize(
                await File.ReadAllTextAsync(done, cancellationToken),
                ManifestJson.Default.ShardEntry
            )!;

        var documents = (
            split == Split.Train
                ? spills.SelectMany(s => s.Read(shard)).Where(d => !heldOut.Contains(d))
                : heldOut.Documents
        ).ToList();
        documents.Sort();
        if (plan.Options.DropDuplicates)
            documents = [.. documents.DistinctBy(d => d.Hash)];
        if (documents.Count == 0)
            return null;
        var entry = await ShardWriter.WriteAsync(
            path,
            split,
            plan.Tokenizer,
            documents.Select(d => d.Document),
            plan.Options.RowGroupTokens,
            cancellationToken
        );
        DurableFile.WriteAllText(done, JsonSerializer.Serialize(entry, ManifestJson.Default.ShardEntry));
        return entry;
    }

    private void Report(Func<PrepareProgress, PrepareProgress> change)
    {
        lock (gate)
        {
            progress = change(progress);
            report?.Invoke(progress);
        }
    }
}

/// <summary>How far a preparation is.</summary>
/// <param name="Phase">What is being done.</param>
/// <param name="Done">Bytes of text read, or shards written, of <paramref name="Total"/>.</param>
/// <param name="Documents">Documents tokenized by this process.</param>
/// <param name="Tokens">Tokens made by this process.</param>
public sealed record PrepareProgress(string Phase, long Done, long Total, long Documents, long Tokens);
