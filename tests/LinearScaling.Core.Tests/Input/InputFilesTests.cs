using System.IO.Compression;
using LinearScaling.Input;
using LinearScaling.Preparing;
using LinearScaling.Tests.Sequences;
using Parquet;
using Parquet.Schema;

namespace LinearScaling.Tests.Input;

public class InputFilesTests
{
    private static readonly string[] Texts = ["one", "two\nlines", "drei Äpfel", "四", "\ud83d\ude00 five"];

    [Fact]
    public void Json_lines_plain_and_compressed_hold_the_same_documents()
    {
        var folder = Some.Folder();
        var lines = string.Concat(
            Texts.Select(t =>
                $"{{\"id\": {{\"text\": 3}}, \"text\": {System.Text.Json.JsonSerializer.Serialize(t)}, \"more\": "
                + $"[1]}}\r\n\n"
            )
        );
        var bytes = System.Text.Encoding.UTF8.GetBytes(lines);
        File.WriteAllBytes(Path.Combine(folder, "a.jsonl"), bytes);
        using (var gzip = new GZipStream(File.Create(Path.Combine(folder, "b.jsonl.gz")), CompressionLevel.Fastest))
            gzip.Write(bytes);
        using (
            var zstd = new ZstdSharp.CompressionStream(
                File.Create(Path.Combine(folder, "c.jsonl.zst")),
                leaveOpen: false
            )
        )
            zstd.Write(bytes);

        var files = InputFiles.Find([folder]).Files;

        Assert.Equal(["a.jsonl", "b.jsonl.gz", "c.jsonl.zst"], files.Select(Path.GetFileName));
        foreach (var file in files)
            Assert.Equal(Texts, InputFiles.Parts([file]).SelectMany(p => p.Documents()));
        Assert.Equal(files.Skip(1).Take(1), InputFiles.Find([Path.Combine(folder, "*.gz")]).Files);
    }

    [Fact]
    public void A_byte_order_mark_is_no_text()
    {
        Assert.Equal(
            ["a", "b"],
            TextInput.Documents("x.jsonl", [0xEF, 0xBB, 0xBF, .. "{\"text\": \"a\"}\n{\"text\": \"b\"}"u8])
        );
        Assert.Equal(["a"], TextInput.Documents("x.txt", [0xEF, 0xBB, 0xBF, (byte)'a']));
    }

    [Fact]
    public void Shards_below_a_folder_are_not_its_text()
    {
        var text = Some.TextFile(2);
        var folder = Path.GetDirectoryName(text)!;
        Some.Prepare([folder], new PrepareOptions(), Path.Combine(folder, "data", "shards"));
        Directory.CreateDirectory(Path.Combine(folder, "half", ".prepare"));
        File.WriteAllText(Path.Combine(folder, "half", "train-00000.parquet"), "half");
        Assert.Equal([text], InputFiles.Find([folder]).Files);
    }

    [Fact]
    public async Task A_column_is_its_path_and_not_the_name_at_its_end()
    {
        var file = await NestedFileAsync();
        Assert.Equal(["outer 1", "outer 2"], InputFiles.Parts([file]).SelectMany(p => p.Documents()));
        Assert.Equal(["inner 1", "inner 2"], InputFiles.Parts([file], "meta.text").SelectMany(p => p.Documents()));
        Assert.EndsWith(
            ": has no column 'parts'; its columns of strings: meta.text, text",
            TextInput.Message(() => InputFiles.Parts([file], "parts")),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Utf16_is_read_by_its_mark()
    {
        byte[] Marked(System.Text.Encoding encoding) =>
            [.. encoding.GetPreamble(), .. encoding.GetBytes("drei Äpfel\n四")];
        Assert.Equal(["drei Äpfel\n四"], TextInput.Documents("x.txt", Marked(System.Text.Encoding.Unicode)));
        Assert.Equal(["drei Äpfel\n四"], TextInput.Documents("x.md", Marked(System.Text.Encoding.BigEndianUnicode)));
        Assert.Contains(
            "x.txt: holds zero bytes as no text in UTF-8 does",
            TextInput.Message(() => TextInput.Documents("x.txt", "a\0b\0c\0"u8)),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "x.jsonl: is UTF-16, in which JSON lines are not read; convert it: iconv -f UTF-16 -t UTF-8 ",
            TextInput.Message(() => TextInput.Documents("x.jsonl", Marked(System.Text.Encoding.Unicode))),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_stated_encoding_is_that_of_files_without_a_mark()
    {
        var latin1 = TextEncoding.Parse("latin1");
        Assert.Equal(["caf\u00e9\n"], TextInput.Documents("x.txt", [.. "caf"u8, 0xE9, 0x0A], encoding: latin1));
        Assert.Equal(["\u00e9"], TextInput.Documents("x.txt", [0xEF, 0xBB, 0xBF, 0xC3, 0xA9], encoding: latin1));
        Assert.Equal(
            ["\u00e9"],
            TextInput.Documents("x.jsonl", [.. "{\"text\": \""u8, 0xE9, .. "\"}"u8], encoding: latin1)
        );
        Assert.Equal(["\u3042"], TextInput.Documents("x.txt", [0x82, 0xA0], encoding: TextEncoding.Parse("shift_jis")));
        Assert.Equal(["ab"], TextInput.Documents("x.txt", "a\0b\0"u8, encoding: TextEncoding.Parse("utf-16le")));
        Assert.StartsWith(
            "'latin' is not the name",
            TextInput.Message(() => TextEncoding.Parse("latin")),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Bytes_that_are_not_utf8_become_replacement_characters()
    {
        Assert.Equal(["a\ufffdb"], TextInput.Documents("x.txt", [(byte)'a', 0xFF, (byte)'b']));
        Assert.Equal(["\ufffd"], TextInput.Documents("x.jsonl", [.. "{\"text\": \""u8, 0xC3, .. "\"}"u8]));
    }

    [Fact]
    public void A_long_text_is_cut_at_paragraphs_and_nothing_is_lost()
    {
        var file = Some.TextFile(pieces: 5);
        var pieces = InputFiles.Parts([file]).SelectMany(p => p.Documents()).ToList();
        Assert.Equal(File.ReadAllText(file), string.Concat(pieces));
        Assert.All(pieces.SkipLast(1), p => Assert.EndsWith("\n\n", p, StringComparison.Ordinal));
        Assert.All(pieces, p => Assert.InRange(p.Length, 1, 1 << 16));
    }

    [Fact]
    public async Task A_parquet_file_as_the_hub_publishes_them_works_unchanged()
    {
        foreach (var compression in new[] { CompressionMethod.Snappy, CompressionMethod.Zstd })
        {
            var file = await HubFileAsync(compression);
            Assert.Equal(Texts.Concat(Texts), InputFiles.Parts([file]).SelectMany(p => p.Documents()));
            Assert.Equal(2, InputFiles.Parts([file]).Count);
            Assert.Equal(
                $"{file}: column 'id' holds INT64, not strings; its columns of strings: text, url",
                TextInput.Message(() => InputFiles.Parts([file], "id"))
            );
            Assert.Equal(
                $"{file}: has no column 'body'; its columns of strings: text, url",
                TextInput.Message(() => InputFiles.Parts([file], "body"))
            );
        }
    }

    [Fact]
    public async Task A_row_group_of_3_GB_is_refused_before_it_is_read()
    {
        var file = await HubFileAsync(CompressionMethod.None, claimedTextBytes: 3_000_000_000);
        Assert.Equal(
            $"{file}: row group 0: its column 'text' holds 3.0 GB, more than the 2 GB that can be read at a time; "
                + $"write the file with smaller row groups",
            TextInput.Message(() => InputFiles.Parts([file]))
        );
    }

    [Fact]
    public async Task Damaged_files_are_named()
    {
        var whole = await HubFileAsync(CompressionMethod.Zstd);
        var cut = Path.Combine(Some.Folder(), "cut.parquet");
        await File.WriteAllBytesAsync(
            cut,
            (await File.ReadAllBytesAsync(whole, TestContext.Current.CancellationToken))[..300],
            TestContext.Current.CancellationToken
        );
        Assert.StartsWith(
            $"{cut}: cannot be read as Parquet (",
            TextInput.Message(() => InputFiles.Parts([cut])),
            StringComparison.Ordinal
        );
        Assert.EndsWith(
            ": is empty",
            TextInput.Message(() => TextInput.Documents("x.jsonl", [])),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "x.jsonl: byte 14: not one JSON object on a line that ends with a line feed: ",
            TextInput.Message(() => TextInput.Documents("x.jsonl", "{\"text\": \"a\"}\n{\"text\": "u8)),
            StringComparison.Ordinal
        );
        Assert.EndsWith(
            "x.jsonl: byte 0: has no \"text\"; name the key of the text with --column",
            TextInput.Message(() => TextInput.Documents("x.jsonl", "{\"body\": \"a\"}"u8)),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "cannot be decompressed",
            TextInput.Message(() => TextInput.Documents("x.jsonl.gz", "no gzip"u8)),
            StringComparison.Ordinal
        );
        using var zstd = new ZstdSharp.Compressor();
        Assert.Contains(
            "the file is cut off",
            TextInput.Message(() => TextInput.Documents("x.jsonl.zst", zstd.Wrap("{\"text\": \"a\"}\n"u8)[..^3])),
            StringComparison.Ordinal
        );
        Assert.Equal("nowhere: no such file or directory", TextInput.Message(() => InputFiles.Find(["nowhere"])));
    }

    /// <summary>Texts in a struct and in a list before the column of text.</summary>
    private static async Task<string> NestedFileAsync()
    {
        var path = Path.Combine(Some.Folder(), "x.parquet");
        var schema = new ParquetSchema(
            new StructField("meta", new DataField<string>("text")),
            new ListField("parts", new DataField<string>("text")),
            new DataField<string>("text")
        );
        int[] lists = [0, 1, 0];
        await using var stream = File.Create(path);
        await using var writer = await ParquetWriter.CreateAsync(schema, stream);
        using var group = writer.CreateRowGroup();
        await group.WriteAsync(schema.GetDataFields()[0], (string[])["inner 1", "inner 2"]);
        await group.WriteAsync(schema.GetDataFields()[1], (string[])["p", "q", "r"], lists);
        await group.WriteAsync(schema.GetDataFields()[2], (string[])["outer 1", "outer 2"]);
        return path;
    }

    /// <summary>Text and other columns, two row groups, nulls allowed.</summary>
    private static async Task<string> HubFileAsync(CompressionMethod compression, long? claimedTextBytes = null)
    {
        var path = Path.Combine(Some.Folder(), "train-00000-of-00001.parquet");
        var (text, id, url) = (new DataField<string>("text"), new DataField<long>("id"), new DataField<string>("url"));
        long textBytes;
        await using (var file = File.Create(path))
        {
            await using (
                var writer = await ParquetWriter.CreateAsync(
                    new ParquetSchema(text, id, url),
                    file,
                    new ParquetOptions { CompressionMethod = compression }
                )
            )
                for (var g = 0; g < 2; g++)
                {
                    using var group = writer.CreateRowGroup();
                    await group.WriteAsync(text, Texts);
                    await group.WriteAsync<long>(id, new long[] { 1, 2, 3, 4, 5 });
                    await group.WriteAsync(url, new string?[] { "a", null, "c", "d", "e" }!);
                    group.CompleteValidate();
                }
            file.Position = 0;
            await using var reader = await ParquetReader.CreateAsync(file);
            textBytes = reader.Metadata!.RowGroups[0].Columns[0].MetaData!.TotalUncompressedSize;
        }
        if (claimedTextBytes is { } claim)
            Claim(path, textBytes, claim);
        return path;
    }

    /// <summary>Rewrites the first row group's total_uncompressed_size (field 6, an i64 after field 5: 0x16) in the
    /// footer.</summary>
    private static void Claim(string path, long actual, long claimed)
    {
        var bytes = File.ReadAllBytes(path).AsSpan();
        var footer = BitConverter.ToInt32(bytes[^8..]);
        // uncompressed and compressed size are equal here
        byte[] old = [0x16, .. Varint(actual), 0x16, .. Varint(actual)];
        var at = bytes[^(footer + 8)..].IndexOf(old) + bytes.Length - footer - 8;
        byte[] renamed = [0x16, .. Varint(claimed), 0x16, .. Varint(actual)];
        File.WriteAllBytes(
            path,
            [
                .. bytes[..at],
                .. renamed,
                .. bytes[(at + old.Length)..^8],
                .. BitConverter.GetBytes(footer + renamed.Length - old.Length),
                .. bytes[^4..],
            ]
        );
    }

    private static List<byte> Varint(long value)
    {
        var bytes = new List<byte>();
        var zigzag = (ulong)value << 1;
        for (; zigzag >= 0x80; zigzag >>= 7)
            bytes.Add((byte)(zigzag | 0x80));
        bytes.Add((byte)zigzag);
        return bytes;
    }
}
