using LinearScaling.Files.Footers;
using LinearScaling.Preparing;
using LinearScaling.Tests.Sequences;

namespace LinearScaling.Tests.Files;

public class ParquetFooterTests
{
    [Fact]
    public void A_footer_says_where_every_column_lies()
    {
        var shards = Some.Prepared([Some.TextFile(3)], new PrepareOptions(RowGroupTokens: 1 << 16));
        var shard = Path.Combine(shards, "train-00000.parquet");
        using var file = File.OpenHandle(shard);
        var footer = ParquetFooter.Read(file);
        using var parquet = ParquetFile.Open(shard);
        Assert.Equal(parquet.RowGroups.Count, footer.RowGroups.Count);
        Assert.True(footer.RowGroups.Count > 1);
        foreach (var (group, columns) in parquet.RowGroups.Zip(footer.RowGroups))
        {
            var expected = group.Columns[0].MetaData!;
            Assert.Equal(
                [
                    new FooterColumn(
                        expected.Type,
                        expected.Codec,
                        expected.DataPageOffset,
                        expected.TotalCompressedSize
                    ),
                ],
                columns
            );
        }
    }

    /// <summary>A byte of a shard's footer turned into another: a message or the truth, soon.</summary>
    [Fact]
    public void No_changed_byte_of_a_footer_spins_or_crashes()
    {
        var shards = Some.Prepared([Some.TextFile(3)], new PrepareOptions());
        var shard = Path.Combine(shards, "train-00000.parquet");
        var bytes = File.ReadAllBytes(shard);
        var copy = Path.Combine(Some.Folder(), "copy.parquet");
        for (var i = bytes.Length - 400; i < bytes.Length; i++)
            foreach (var value in new byte[] { 0, 0x0C, 0x19, 0x7F, 0xFC, 0xFF })
            {
                var changed = bytes.ToArray();
                changed[i] = value;
                File.WriteAllBytes(copy, changed);
                try
                {
                    using var parquet = ParquetFile.Open(copy);
                    foreach (var group in Enumerable.Range(0, parquet.RowGroups.Count))
                        parquet.ReadRaw(group, parquet.Columns[0]).Dispose();
                }
                catch (LinearScalingException e)
                {
                    Assert.Contains("cannot be read as Parquet", e.Message, StringComparison.Ordinal);
                }
            }
    }

    /// <summary>Parquet.Net 6.1.0 reads this one for ever: docs/upstream/parquet-net-footer.md.</summary>
    [Fact]
    public void A_footer_that_ends_within_a_field_is_refused()
    {
        var file = Path.Combine(Some.Folder(), "x.parquet");
        File.WriteAllBytes(file, Convert.FromHexString("504152311502190300000050415231"));
        Assert.Contains(
            "cannot be read as Parquet (it ends too early)",
            Assert.Throws<LinearScalingException>(() => ParquetFile.Open(file)).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Structures_within_structures_and_endless_lists_are_refused()
    {
        Assert.Throws<InvalidDataException>(() => Read([.. Enumerable.Repeat((byte)0x1C, 100_000)]));
        Assert.Throws<InvalidDataException>(() => Read([0x89, 0x80, .. Enumerable.Repeat((byte)0x19, 1000)]));
        Assert.Throws<InvalidDataException>(() => Read([0x15, .. Enumerable.Repeat((byte)0xFF, 100)]));
        Assert.Throws<EndOfStreamException>(() => Read([0x15]));
        Assert.Equal(new PageHeader(0, 4, 4, 7, 0), Read([0x15, 0, 0x15, 8, 0x15, 8, 0x2C, 0x15, 14, 0x15, 0, 0, 0]));

        static PageHeader Read(byte[] header)
        {
            ReadOnlySpan<byte> bytes = header;
            return PageHeader.Read(ref bytes);
        }
    }
}
