using System.Text.Json;
using System.Text.Json.Nodes;
using LinearScaling.Preparing;
using LinearScaling.Shards;
using LinearScaling.Tests.Sequences;
using Parquet;
using Parquet.Schema;

namespace LinearScaling.Tests.Shards;

/// <summary>Shards are decoded by code of our own: it has to read what Parquet.Net reads, and to name what is no
/// shard.</summary>
public class ShardTests
{
    private static readonly string[] SomeTexts = ["a", "b"];
    private static readonly int[] SomeTokens = [1, 2];

    [Theory]
    [InlineData(8)] // many row groups, of one long document or a few short ones
    [InlineData(300)]
    [InlineData(1 << 20)] // one row group
    public async Task Every_document_is_read_as_Parquet_Net_reads_it(int rowGroupTokens)
    {
        var random = new Random(rowGroupTokens);
        string Text(int length, int letters) =>
            string.Concat(Enumerable.Range(0, length).Select(_ => (char)('A' + random.Next(letters))));
        string[] texts =
        [
            .. Enumerable.Range(0, 200).Select(i => Text(1 + random.Next(40), 26)),
            new('x', 5000),
            "y",
            Text(3000, 2),
            .. Enumerable.Range(0, 100).Select(_ => Text(1, 26)),
        ];
        var file = Path.Combine(Some.Folder(), "some.jsonl");
        await File.WriteAllLinesAsync(
            file,
            texts.Select(t => $$"""{"text": "{{t}}"}"""),
            TestContext.Current.CancellationToken
        );
        var directory = Some.Prepared([file], new PrepareOptions(RowGroupTokens: rowGroupTokens));
        var corpus = Some.Corpus(directory);
        var read = new List<string>();
        foreach (var split in Enum.GetValues<Split>())
        {
            var groups = corpus.Manifest.ShardsIn(split).Sum(s => s.RowGroups.Count);
            var ours = Enumerable.Range(0, groups).SelectMany(g => corpus.Sample(split, g).Texts).ToList();
            Assert.Equal(
                await ReadAsync(corpus.Manifest.ShardsIn(split).Select(s => Path.Combine(directory, s.File))),
                ours
            );
            read.AddRange(ours);
        }
        Assert.Equal(texts.Order(StringComparer.Ordinal), read.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_column_of_another_type_and_another_compression_are_named()
    {
        Assert.Equal(
            "its column holds BYTE_ARRAY, not INT32",
            await ProblemAsync(
                new DataField<string>("tokens"),
                CompressionMethod.Zstd,
                async (group, field) => await group.WriteAsync((DataField<string>)field, SomeTexts)
            )
        );
        Assert.Equal(
            "its column is compressed with SNAPPY, not ZSTD",
            await ProblemAsync(
                new DataField<int>("tokens"),
                CompressionMethod.Snappy,
                async (group, field) => await group.WriteAsync<int>(field, SomeTokens)
            )
        );
    }

    [Fact]
    public void Damage_anywhere_is_one_line_that_names_the_shard()
    {
        var directory = Some.Prepared([Some.TextFile(pieces: 2)], new PrepareOptions(RowGroupTokens: 1 << 14));
        var shard = Path.Combine(directory, "train-00000.parquet");
        var whole = File.ReadAllBytes(shard);
        var random = new Random(1);
        for (var trial = 0; trial < 200; trial++)
        {
            var bytes = whole.ToArray();
            var at = trial < 20 ? bytes.Length - 1 - trial : random.Next(bytes.Length);
            bytes.AsSpan(at, Math.Min(bytes.Length - at, 1 + random.Next(8))).Fill((byte)random.Next(256));
            if (bytes.AsSpan().SequenceEqual(whole))
                continue;
            File.WriteAllBytes(shard, bytes);
            var problem = Assert.Single(
                Verification.Run(directory, cancellationToken: TestContext.Current.CancellationToken)
            );
            Assert.StartsWith($"{shard}: ", problem, StringComparison.Ordinal);
            Assert.EndsWith("; restore the file or prepare the data again", problem, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', problem);
        }
    }

    /// <summary>What is said of a shard that another program put in a shard's place, as large as the manifest
    /// says.</summary>
    private static async Task<string> ProblemAsync(
        DataField field,
        CompressionMethod compression,
        Func<ParquetRowGroupWriter, DataField, Task> write
    )
    {
        var directory = Some.ShardDirectory();
        var shard = Path.Combine(directory, "train-00000.parquet");
        await using (var file = File.Create(shard))
        await using (
            var writer = await ParquetWriter.CreateAsync(
                new ParquetSchema(field),
                file,
                new ParquetOptions { CompressionMethod = compression }
            )
        )
        {
            using var group = writer.CreateRowGroup();
            await write(group, field);
            group.CompleteValidate();
        }
        var manifest = JsonNode.Parse(
            await File.ReadAllTextAsync(
                Path.Combine(directory, Manifest.FileName),
                TestContext.Current.CancellationToken
            )
        )!;
        manifest["shards"]!.AsArray().Single(s => (string)s!["file"]! == "train-00000.parquet")!["bytes"] =
            new FileInfo(shard).Length;
        await File.WriteAllTextAsync(
            Path.Combine(directory, Manifest.FileName),
            manifest.ToJsonString(JsonSerializerOptions.Default),
            TestContext.Current.CancellationToken
        );
        var problem = Assert.Single(
            Verification.Run(directory, cancellationToken: TestContext.Current.CancellationToken)
        );
        var (before, after) = (
            $"{shard}: row group 0 cannot be read (",
            "); restore the file or prepare the data again"
        );
        Assert.StartsWith(before, problem, StringComparison.Ordinal);
        return problem[before.Length..^after.Length];
    }

    private static async Task<List<string>> ReadAsync(IEnumerable<string> shards)
    {
        var texts = new List<string>();
        foreach (var shard in shards)
        {
            await using var file = File.OpenRead(shard);
            await using var parquet = await ParquetReader.CreateAsync(file);
            for (var g = 0; g < parquet.RowGroupCount; g++)
            {
                using var group = parquet.OpenRowGroupReader(g);
                var field = parquet.Schema.GetDataFields().Single();
                var count = (int)group.GetMetadata(field)!.MetaData!.NumValues;
                var (tokens, definition, repetition) = (new int[count], new int[count], new int[count]);
                await group.ReadRawAsync<int>(field, tokens, definition, repetition);
                var starts = Enumerable.Range(0, count).Where(i => repetition[i] == 0).Append(count).ToList();
                texts.AddRange(starts.Zip(starts.Skip(1), (start, end) => Some.Text(tokens.AsSpan(start..end))));
            }
        }
        return texts;
    }
}
