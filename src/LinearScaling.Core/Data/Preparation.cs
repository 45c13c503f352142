using System.IO.Hashing;
using System.Runtime.InteropServices;
using LinearScaling.Text;

namespace LinearScaling.Data;

/// <summary>Text to shards and manifest.</summary>
internal static class Preparation
{
    /// <summary>Changes whenever the same text would give other shards.</summary>
    public const int Version = 1;

    public static async Task RunAsync(IEnumerable<string> texts, Tokenizer tokenizer, PrepareOptions options, string directory, CancellationToken cancellationToken)
    {
        var documents = new List<(ulong Hash, ulong Order, TokenizedDocument Document)>();
        foreach (var text in texts)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var tokens = tokenizer.Encode(text);
            if (tokens.Length == 0)
                continue;
            var hash = XxHash3.HashToUInt64(MemoryMarshal.AsBytes(text.AsSpan()));
            documents.Add((hash, SplitMix64.Mix(SplitMix64.Mix(options.Seed, hash), (ulong)documents.Count), new(tokens, System.Text.Encoding.UTF8.GetByteCount(text))));
        }
        if (documents.Count < 2)
            throw new LinearScalingException($"{directory}: the text makes {documents.Count} documents; at least two are needed, one to train on and one to validate with");

        var total = documents.Sum(d => (long)d.Document.TextBytes);
        var limit = Math.Min(options.MaxValidationBytes, (long)(options.ValidationFraction * total));
        var heldOut = 0L;
        var threshold = 0UL;
        foreach (var (hash, _, document) in documents.OrderBy(d => d.Hash))
        {
            if (heldOut > 0 && heldOut + document.TextBytes > limit)
                break;
            heldOut += document.TextBytes;
            threshold = hash;
        }
        var shards = new List<ShardEntry>();
        foreach (var (split, name) in new[] { (Split.Train, "train-00000.parquet"), (Split.Validation, "validation-00000.parquet") })
        {
            var part = documents.Where(d => d.Hash <= threshold == (split == Split.Validation)).OrderBy(d => d.Order).Select(d => d.Document);
            shards.Add(await ShardWriter.WriteAsync(Path.Combine(directory, name), split, tokenizer, part, options.RowGroupTokens, cancellationToken));
        }
        Manifest.Create(new(tokenizer.Name, tokenizer.Hash, tokenizer.VocabSize, tokenizer.EndOfText), options.Seed, shards).Write(directory);
    }
}
