using System.Runtime.InteropServices;
using LinearScaling.Files;

namespace LinearScaling.Preparing;

/// <summary>Writes the documents of one chunk, grouped by shard. The file is there only when it is whole, so a killed
/// preparation does no chunk twice.</summary>
internal sealed class SpillWriter : IDisposable
{
    /// <summary>Tokens gathered before they are sorted and written: 32 MiB.</summary>
    private const int BlockTokens = 1 << 23;

    private readonly PendingFile pending;
    private readonly BinaryWriter file;
    private readonly List<SpilledDocument> block = [];
    private readonly List<long> blocks = [];
    private readonly List<Candidate> candidates = [];
    private readonly List<PartCount> parts = [];
    private readonly UInt128 candidateLimit;
    private readonly int numShards;
    private Candidate? smallest;
    private int blockTokens;
    private long position;
    private long textBytes;

    public SpillWriter(string path, PreparePlan plan)
    {
        pending = new(path, bufferSize: 1 << 20);
        file = new(pending.Stream);
        numShards = plan.NumShards;
        candidateLimit =
            (UInt128)(Math.Min(1, 2 * plan.Options.ValidationFraction) * 1e18)
            * (UInt128.MaxValue / 1_000_000_000_000_000_000);
    }

    public void Add(SpilledDocument document)
    {
        block.Add(document);
        textBytes += document.Document.TextBytes;
        blockTokens += document.Document.Tokens.Length;
        if (blockTokens >= BlockTokens)
            EndBlock();
    }

    /// <summary>Notes what the next part held.</summary>
    public void EndPart(PartCount count) => parts.Add(count);

    /// <summary>Writes the last block and the index, and puts the file in place.</summary>
    public void Complete()
    {
        EndBlock();
        if (candidates.Count == 0 && smallest is { } only)
            candidates.Add(only);
        file.Write(textBytes);
        file.Write(candidates.Count);
        foreach (var candidate in candidates)
        {
            file.Write((ulong)(candidate.Hash >> 64));
            file.Write((ulong)candidate.Hash);
            file.Write(candidate.TextBytes);
            file.Write(candidate.Offset);
        }
        file.Write(parts.Count);
        foreach (var part in parts)
        {
            file.Write(part.Documents);
            file.Write(part.Replaced);
            file.Write(part.FirstReplaced);
            file.Write(part.Sample ?? "");
        }
        file.Write(blocks.Count / (numShards + 1));
        file.Write(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(blocks)));
        file.Write(position); // where the index begins
        file.Flush();
        pending.Commit();
    }

    public void Dispose() => pending.Dispose();

    private void EndBlock()
    {
        block.Sort();
        var shard = 0;
        foreach (var document in block)
        {
            for (; shard <= document.Shard(numShards); shard++)
                blocks.Add(position);
            Write(document);
        }
        for (; shard <= numShards; shard++)
            blocks.Add(position);
        block.Clear();
        blockTokens = 0;
    }

    private void Write(SpilledDocument document)
    {
        var candidate = new Candidate(document.Hash, document.Document.TextBytes, position);
        if (document.Hash <= candidateLimit)
            candidates.Add(candidate);
        if (smallest is null || document.Hash < smallest.Value.Hash)
            smallest = candidate;
        file.Write(document.Order);
        file.Write((ulong)(document.Hash >> 64));
        file.Write((ulong)document.Hash);
        file.Write(document.Part);
        file.Write(document.Index);
        file.Write(document.Document.TextBytes);
        file.Write(document.Document.Tokens.Length);
        file.Write(MemoryMarshal.AsBytes(document.Document.Tokens.Span));
        position += SpilledDocument.HeaderBytes + sizeof(int) * document.Document.Tokens.Length;
    }
}
