using System.Globalization;
using System.Text;
using LinearScaling.Files;
using LinearScaling.Input;
using LinearScaling.Text;

namespace LinearScaling.Preparing;

/// <summary>A preparation decided before it starts: which parts are read together and how many shards there will be. It
/// does not depend on the machine.</summary>
internal sealed class PreparePlan
{
    /// <summary>Changes whenever the same text and options would give other shards or spill files.</summary>
    private const int Version = 3;

    private const long LeastChunkBytes = 16 << 20;

    private const int MostChunks = 4096;

    public PreparePlan(IReadOnlyList<InputPart> parts, Tokenizer tokenizer, PrepareOptions options)
    {
        Tokenizer = tokenizer;
        Options = options;
        Parts = parts;
        TextBytes = parts.Sum(p => p.TextBytes);
        NumShards = (int)Math.Max(1, TextBytes / tokenizer.BytesPerToken / options.ShardTokens);
        Chunks = Cut(parts, Math.Max(LeastChunkBytes, TextBytes / MostChunks));
        Hash = Identify();
    }

    public IReadOnlyList<InputPart> Parts { get; }

    public Tokenizer Tokenizer { get; }

    public PrepareOptions Options { get; }

    /// <summary>About how many bytes of text there are.</summary>
    public long TextBytes { get; }

    public int NumShards { get; }

    /// <summary>The parts that are read one after the other into one spill file, and the ordinal of the first of
    /// them.</summary>
    public IReadOnlyList<(int First, IReadOnlyList<InputPart> Parts)> Chunks { get; }

    /// <summary>Two preparations with one hash give the same bytes.</summary>
    public string Hash { get; }

    private static List<(int, IReadOnlyList<InputPart>)> Cut(IReadOnlyList<InputPart> parts, long chunkBytes)
    {
        var chunks = new List<(int, IReadOnlyList<InputPart>)>();
        var first = 0;
        var bytes = 0L;
        for (var i = 0; i < parts.Count; i++)
        {
            bytes += parts[i].TextBytes;
            if (bytes < chunkBytes && i + 1 < parts.Count)
                continue;
            chunks.Add((first, [.. parts.Skip(first).Take(i + 1 - first)]));
            first = i + 1;
            bytes = 0;
        }
        return chunks;
    }

    /// <summary>Inputs count by path, size and time of their last change.</summary>
    private string Identify()
    {
        var text = new StringBuilder().Append(
            CultureInfo.InvariantCulture,
            $"{Version}\n{Tokenizer.Label} {Tokenizer.Hash}\n{Options.Identity()}\n"
        );
        foreach (var part in Parts)
            text.Append(CultureInfo.InvariantCulture, $"{part.Identity} {part.TextBytes}\n");
        foreach (var file in Parts.SelectMany(p => p.Files).Distinct().Select(f => new FileInfo(f)))
            text.Append(CultureInfo.InvariantCulture, $"{file.FullName} {file.Length} {file.LastWriteTimeUtc.Ticks}\n");
        return Checksum.Compute(text.ToString());
    }
}
