using System.Collections;
using System.Runtime.InteropServices;
using System.Text;
using LinearScaling.Shards;
using LinearScaling.Text;

namespace LinearScaling.Sequences;

/// <summary>The held-out documents as fixed sequences: each starts with the last token of the one before, so that every
/// token is predicted exactly once.</summary>
/// <remarks>The stream starts with end-of-text and every document is followed by it. Bits per byte = (sum of nats over
/// all targets) / (ln 2 x <see cref="TextBytes"/>).</remarks>
public sealed class ValidationSet : IEnumerable<ReadOnlyMemory<int>>
{
    private readonly List<int> stream;
    private readonly int seqLen;

    /// <param name="maxTokens">Whole documents are taken, in the manifest's order, until there are at least so many
    /// tokens.</param>
    internal ValidationSet(string directory, Manifest manifest, Tokenizer tokenizer, int seqLen, long maxTokens)
    {
        this.seqLen = seqLen;
        stream = [tokenizer.EndOfText];
        using var column = new TokenColumn();
        foreach (var shard in manifest.ShardsIn(Split.Validation))
            for (var g = 0; g < shard.RowGroups.Count && Tokens < maxTokens; g++)
            {
                var group = new ShardReader(directory, shard).Read(g, column);
                if (Tokens + shard.RowGroups[g].StreamTokens <= maxTokens)
                {
                    var end = stream.Count;
                    CollectionsMarshal.SetCount(stream, end + shard.RowGroups[g].StreamTokens);
                    group.Join(tokenizer.EndOfText, CollectionsMarshal.AsSpan(stream)[end..]);
                    TextBytes += shard.RowGroups[g].TextBytes;
                    continue;
                }
                for (var d = 0; d < group.Starts.Length && Tokens < maxTokens; d++)
                {
                    var document = group.Document(d);
                    stream.AddRange(document);
                    stream.Add(tokenizer.EndOfText);
                    TextBytes += Encoding.UTF8.GetByteCount(tokenizer.Decode(document));
                }
            }
        if (Tokens == 0)
            throw SequenceMistakes.NoValidation(directory);
    }

    /// <summary>Tokens predicted, end-of-text tokens included.</summary>
    public long Tokens => stream.Count - 1;

    /// <summary>UTF-8 bytes of the documents' text.</summary>
    public long TextBytes { get; }

    /// <summary>Number of sequences.</summary>
    public int Count => (int)((Tokens + seqLen - 1) / seqLen);

    /// <summary>Sequences of seq_len + 1 ids; the last one may be shorter, with two ids at least.</summary>
    public IEnumerator<ReadOnlyMemory<int>> GetEnumerator()
    {
        var all = stream.ToArray();
        for (var start = 0; start + 1 < all.Length; start += seqLen)
            yield return all.AsMemory(start, Math.Min(seqLen + 1, all.Length - start));
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
