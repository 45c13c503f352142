using System.Globalization;
using System.IO.Compression;
using LinearScaling.Files;
using LinearScaling.Text;
using Parquet;
using Parquet.Schema;

namespace LinearScaling.Shards;

/// <summary>Writes tokenized documents as one Parquet file: one row per document, row groups of a chosen size, in place
/// only when it is whole.</summary>
/// <remarks>The same documents give the same bytes.</remarks>
internal static class ShardWriter
{
    internal static readonly DataField<int> Element = new("element");
    private static readonly ParquetSchema Schema = new(new ListField("tokens", Element));

    // On token ids the higher levels of zstd cost 30 times the time for 3 % of the size.
    private static readonly ParquetOptions Options = new()
    {
        CompressionMethod = CompressionMethod.Zstd,
        CompressionLevel = CompressionLevel.Fastest,
    };

    /// <param name="documents">Documents of at least one token each; at least one document.</param>
    /// <param name="rowGroupTokens">A row group is closed before it would grow beyond this; a longer document has one
    /// of its own.</param>
    public static async Task<ShardEntry> WriteAsync(
        string path,
        Split split,
        Tokenizer tokenizer,
        IEnumerable<TokenizedDocument> documents,
        int rowGroupTokens,
        CancellationToken cancellationToken = default
    )
    {
        using var pending = new PendingFile(path);
        var entries = new List<RowGroupEntry>();
        await using (
            var parquet = await ParquetWriter.CreateAsync(
                Schema,
                pending.Stream,
                Options,
                cancellationToken: cancellationToken
            )
        )
        {
            foreach (var (group, textBytes) in Groups(documents, rowGroupTokens))
            {
                await WriteAsync(parquet, group, cancellationToken);
                entries.Add(new(group.Tokens.Length, group.Starts.Length, textBytes, group.Checksum()));
            }
            parquet.CustomMetadata = new Dictionary<string, string>
            {
                ["lcs.tokenizer"] = tokenizer.Label,
                ["lcs.tokenizer_hash"] = tokenizer.Hash,
                ["lcs.vocab_size"] = tokenizer.VocabSize.ToString(CultureInfo.InvariantCulture),
                ["lcs.end_of_text"] = tokenizer.EndOfText.ToString(CultureInfo.InvariantCulture),
                ["lcs.row_group_tokens"] = string.Join(',', entries.Select(e => e.Tokens)),
            };
        }
        pending.Stream.Flush();
        var checksum = Checksum.ComputeFile(pending.TemporaryPath);
        pending.Commit();
        return new(Path.GetFileName(path), split, new FileInfo(path).Length, checksum, entries);
    }

    private static IEnumerable<(RowGroup Group, long TextBytes)> Groups(
        IEnumerable<TokenizedDocument> documents,
        int rowGroupTokens
    )
    {
        var tokens = new List<int>();
        var starts = new List<int>();
        var textBytes = 0L;
        foreach (var document in documents)
        {
            if (tokens.Count > 0 && tokens.Count + document.Tokens.Length > rowGroupTokens)
            {
                yield return (new(tokens.ToArray(), starts.ToArray()), textBytes);
                tokens.Clear();
                starts.Clear();
                textBytes = 0;
            }
            starts.Add(tokens.Count);
            tokens.AddRange(document.Tokens.Span);
            textBytes += document.TextBytes;
        }
        if (tokens.Count > 0)
            yield return (new(tokens.ToArray(), starts.ToArray()), textBytes);
    }

    private static async Task WriteAsync(ParquetWriter parquet, RowGroup group, CancellationToken cancellationToken)
    {
        var definition = new int[group.Tokens.Length];
        var repetition = new int[group.Tokens.Length];
        Array.Fill(definition, Element.MaxDefinitionLevel); // no list is null or empty
        Array.Fill(repetition, 1); // goes on in the same row, but
        foreach (var start in group.Starts.Span)
            repetition[start] = 0; // starts a new one here
        using var writer = parquet.CreateRowGroup();
        await writer.WriteAllPartsAsync<int>(Element, group.Tokens, definition, repetition, cancellationToken);
        writer.CompleteValidate();
    }
}

/// <summary>A document as ids.</summary>
/// <param name="TextBytes">Length of its text in UTF-8.</param>
internal readonly record struct TokenizedDocument(ReadOnlyMemory<int> Tokens, int TextBytes);
