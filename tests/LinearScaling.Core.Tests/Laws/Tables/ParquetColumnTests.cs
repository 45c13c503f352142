using LinearScaling.Laws.Points;
using Parquet;
using Parquet.Schema;

namespace LinearScaling.Tests.Laws.Tables;

/// <summary>Parquet tables with columns of any type beside those that are asked for, sound and damaged.</summary>
public sealed class ParquetColumnTests : IDisposable
{
    private readonly TableFile table = new();

    public void Dispose() => table.Dispose();

    [Fact]
    public async Task Only_the_columns_asked_for_are_read_and_text_booleans_and_times_name_runs()
    {
        var path = await WriteAsync();
        var points = Read(path, "N=n,D=d,L=loss,run=name,group=on");
        Assert.Equal(["false", "true"], points.Groups.Select(g => g.Name).Order());
        var all = points.Groups.SelectMany(g => g.Points).OrderBy(o => o.N).ToList();
        Assert.Equal(["a", "row 2", "a"], all.Select(o => o.Label));
        Assert.Equal([3.5, 3.25, 3.0], all.Select(o => o.Y));
        Assert.Equal([10.5, 20.25, 30], all.Select(o => o.D)); // decimal
        Assert.Equal(
            ["2024-01-02T03:04:05.0000000", "2024-01-02T03:04:06.0000000", "2024-01-02T03:04:07.0000000"],
            Read(path, "X=n,L=loss,run=at").Groups[0].Points.Select(o => o.Label)
        );
        Assert.Equal(2, Read(path, "X=n,L=loss", "on=True").Groups[0].Points.Count);
        Assert.Equal([2e19], Read(path, "X=n,L=loss", "n=2e19").Groups[0].Points.Select(o => o.X));
        Assert.Equal(
            [1e19, 3e19],
            Read(path, "X=n,L=loss", "n!=20000000000000000000").Groups[0].Points.Select(o => o.X)
        );
    }

    [Theory]
    [InlineData("X=n,L=on", "row 1, column 'on': expected a number, got 'true'")]
    [InlineData("X=n,L=name", "row 1, column 'name': expected a number, got 'a'")]
    [InlineData("X=n,L=at", "row 1, column 'at': expected a number, got '2024-01-02T03:04:05.0000000'")]
    [InlineData("X=n,L=raw", "column 'raw' holds binary data; expected text, numbers, booleans or times")]
    [InlineData("X=n,L=tags", "column 'tags' is a list or a map; expected one value a row")]
    [InlineData("X=n,L=tags.list", "column 'tags.list' is a list or a map; expected one value a row")]
    [InlineData("X=n,L=meta", "column 'meta' is a struct; name one of: meta.score")]
    [InlineData("X=n,L=los", "unknown column 'los'; did you mean loss?")]
    public async Task What_is_no_number_is_refused_by_name(string columns, string part)
    {
        var path = await WriteAsync();
        var e = Assert.Throws<LinearScalingException>(() => Read(path, columns));
        Assert.Contains(part, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Float16_is_read_and_does_not_keep_other_columns_from_it()
    {
        var path = table.At("half.parquet");
        File.WriteAllBytes(path, Float16Table.Bytes);
        // 3.79035, 3.64359, 3.55695 and 3.53322 to the nearest float16, by Python's struct.
        double[] expected = [3.791015625, 3.64453125, 3.556640625, 3.533203125];
        var points = Read(path, "N=n,D=d,L=loss").Groups[0].Points;
        Assert.Equal(35, points.Count);
        foreach (var (o, half) in points.Zip(expected))
            Assert.Equal(half, o.Y, 5e-4); // the shortest text that means it
        Assert.Equal(15596542.171432102, Read(path, "X=d,L=n").Groups[0].Points[0].Y);
    }

    [Fact]
    public async Task Damage_anywhere_ends_in_one_message_or_does_not_matter()
    {
        var bytes = await File.ReadAllBytesAsync(await WriteAsync(), TestContext.Current.CancellationToken);
        var path = table.At("damaged.parquet");
        var (refused, other) = (0, new List<string>());
        foreach (var (what, damaged) in Damages(bytes))
        {
            File.WriteAllBytes(path, damaged);
            try
            {
                Read(path, "N=n,D=d,L=loss,run=name,group=on");
            }
            catch (LinearScalingException e)
            {
                refused++;
                if (!e.Message.StartsWith(path, StringComparison.Ordinal) || e.Message.Contains('\n'))
                    other.Add($"{what}: {e.Message}");
            }
            catch (Exception e) // whatever else is a bug
            {
                other.Add($"{what}: {e}");
            }
        }
        Assert.Empty(other);
        Assert.InRange(refused, bytes.Length / 12, int.MaxValue);
    }

    /// <summary>Every fifth byte with a bit turned over, or lost, and the file cut off.</summary>
    private static IEnumerable<(string What, byte[] Bytes)> Damages(byte[] bytes)
    {
        for (var i = 0; i < bytes.Length; i += 5)
        {
            var turned = (byte[])bytes.Clone();
            turned[i] ^= (byte)(1 << i % 8);
            yield return ($"bit {i % 8} of byte {i}", turned);
            if (i % 2 == 0)
                yield return ($"byte {i} lost", [.. bytes[..i], .. bytes[(i + 1)..]]);
            if (i % 3 == 0)
                yield return ($"cut off at {i}", bytes[..i]);
        }
    }

    private static PointSet Read(string path, string columns, params string[] where) =>
        TableFile.Points(path, columns, where).Read();

    private async Task<string> WriteAsync()
    {
        var schema = new ParquetSchema(
            new DataField<string>("name"),
            new DataField<double>("n"),
            new DecimalDataField("d", 10, 2),
            new DataField<float>("loss"),
            new DataField<bool>("on"),
            new DataField<DateTime>("at"),
            new DataField("raw", typeof(byte[]), isNullable: false),
            new StructField("meta", new DataField<double>("score")),
            new ListField("tags", new DataField<string>("element"))
        );
        var path = table.At("t.parquet");
        await using var file = File.Create(path);
        await using var writer = await ParquetWriter.CreateAsync(schema, file);
        using var group = writer.CreateRowGroup();
        var fields = schema.GetDataFields();
        var start = new DateTime(2024, 1, 2, 3, 4, 5, DateTimeKind.Utc);
        ReadOnlyMemory<byte>[] raw = [new byte[] { 1 }, new byte[] { 2 }, new byte[] { 3 }];
        await group.WriteAsync(fields[0], (string[])["a", "", "a"]);
        await group.WriteAsync<double>(fields[1], (double[])[1e19, 2e19, 3e19]);
        await group.WriteAsync<decimal>(fields[2], (decimal[])[10.5m, 20.25m, 30m]);
        await group.WriteAsync<float>(fields[3], (float[])[3.5f, 3.25f, 3]);
        await group.WriteAsync<bool>(fields[4], (bool[])[true, false, true]);
        await group.WriteAsync<DateTime>(fields[5], (DateTime[])[start, start.AddSeconds(1), start.AddSeconds(2)]);
        await group.WriteAsync<ReadOnlyMemory<byte>>(fields[6], raw);
        await group.WriteAsync<double>(fields[7], (double?[])[1, 2, 3]);
        await group.WriteAsync(fields[8], (string[])["x", "y", "z", "x"], (int[])[0, 0, 0, 1]);
        return path;
    }
}
