using LinearScaling.Laws.Points;
using Parquet;
using Parquet.Schema;

namespace LinearScaling.Tests.Laws;

public sealed class TablePointsTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("lcs-table-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_csv_with_quoted_cells_becomes_points_and_compute_gives_tokens()
    {
        Write("t.csv", "\"Model, Size\",C,loss\n1e6,6e12,3.5\n\"2000000\",2.4e13,3.25\n");
        var set = new TablePoints(
            Path.Combine(folder, "t.csv"),
            new Dictionary<string, string>
            {
                ["N"] = "Model, Size",
                ["C"] = "C",
                ["L"] = "loss",
            },
            "6nd",
            0,
            []
        ).Read();
        Assert.Equal([1e6, 2e6], set.Groups[0].Points.Select(o => o.N));
        Assert.Equal([1e6, 2e6], set.Groups[0].Points.Select(o => o.D));
        Assert.Equal([3.5, 3.25], set.Groups[0].Points.Select(o => o.Y));
    }

    [Fact]
    public void Json_lines_give_the_same_points_as_csv()
    {
        Write(
            "t.jsonl",
            "{\"n\": 1e6, \"d\": 2e6, \"loss\": 3.5}\n{\"n\": 2e6, \"d\": 1e6, \"loss\": 3.25, \"note\": \"x\"}\n"
        );
        Write("t.csv", "n,d,loss\n1e6,2e6,3.5\n2e6,1e6,3.25\n");
        Assert.Equal(Points("t.csv", "N=n,D=d,L=loss"), Points("t.jsonl", "N=n,D=d,L=loss"));
    }

    [Fact]
    public async Task Parquet_gives_the_same_points_as_csv()
    {
        Write("t.csv", "n,d,loss\n1000000,2e6,3.5\n2000000,1e6,3.25\n");
        var schema = new ParquetSchema(
            new DataField<long>("n"),
            new DataField<double>("d"),
            new DataField<double>("loss"),
            new DataField<bool>("kept") // of a type no column that is asked for may have
        );
        long[] sizes = [1_000_000, 2_000_000];
        bool[] kept = [true, false];
        double[] tokens = [2e6, 1e6],
            losses = [3.5, 3.25];
        await using (var file = File.Create(Path.Combine(folder, "t.parquet")))
        await using (
            var writer = await ParquetWriter.CreateAsync(
                schema,
                file,
                cancellationToken: TestContext.Current.CancellationToken
            )
        )
        {
            using var group = writer.CreateRowGroup();
            await group.WriteAsync<long>(
                schema.DataFields[0],
                sizes,
                cancellationToken: TestContext.Current.CancellationToken
            );
            await group.WriteAsync<double>(
                schema.DataFields[1],
                tokens,
                cancellationToken: TestContext.Current.CancellationToken
            );
            await group.WriteAsync<double>(
                schema.DataFields[2],
                losses,
                cancellationToken: TestContext.Current.CancellationToken
            );
            await group.WriteAsync<bool>(
                schema.DataFields[3],
                kept,
                cancellationToken: TestContext.Current.CancellationToken
            );
        }
        Assert.Equal(Points("t.csv", "N=n,D=d,L=loss"), Points("t.parquet", "N=n,D=d,L=loss"));
    }

    [Fact]
    public void What_is_left_out_is_listed_with_the_reason()
    {
        Write("t.csv", "n,d,loss,set\n1e6,2e6,3.5,a\n1e6,4e6,3.2,a\n1e6,8e6,,a\n0,8e6,3,a\n1e6,8e6,9,a\n1e6,8e6,3,b\n");
        var set = new TablePoints(
            Path.Combine(folder, "t.csv"),
            TablePoints.ParseColumns("N=n,D=d,L=loss"),
            "6nd",
            1,
            ["set=a"]
        ).Read();
        Assert.Equal(
            [
                new("table", 1, "does not meet set=a"),
                new("table", 1, "no number in the metric's column"),
                new("table", 1, "no positive number in a column of N, D, C or X"),
                new LeftOut("table", 1, "the 1 highest values of the metric"),
            ],
            set.LeftOut
        );
        Assert.Equal([3.5, 3.2], set.Groups[0].Points.Select(o => o.Y));
    }

    [Theory]
    [InlineData("N=n,D=d,L=los", "t.csv: unknown column 'los'; did you mean loss? one of: n, d, loss")]
    [InlineData("N=n,D=d", "--columns: L is missing: name the column of the metric, as L=loss")]
    [InlineData("M=n", "--columns: expected ROLE=COLUMN with a role of N, D, C, L, X, run, group, SE, got 'M=n'")]
    public void Mistakes_in_columns_are_answered(string columns, string message)
    {
        Write("t.csv", "n,d,loss\n1,2,3\n");
        var e = Assert.Throws<LinearScalingException>(() => Points("t.csv", columns));
        Assert.EndsWith(message, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_6nd_tells_what_a_column_would()
    {
        Write("t.csv", "n,c,loss\n1,2,3\n");
        var e = Assert.Throws<LinearScalingException>(() =>
            new TablePoints(
                Path.Combine(folder, "t.csv"),
                TablePoints.ParseColumns("N=n,C=c,L=loss"),
                "paper",
                0,
                []
            ).Read()
        );
        Assert.Equal(
            "--convention paper: D follows from the other two only under 6nd; name its column, or choose "
                + "--convention 6nd",
            e.Message
        );
    }

    [Theory]
    [InlineData("t.csv", "n,loss\n1,x\n", "row 1, column 'loss': expected a number, got 'x'")]
    [InlineData("t.csv", "n,loss\n1,2,3\n", "row 1 has 3 cells, the header 2")]
    [InlineData("t.jsonl", "{\"n\": 1\n", "t.jsonl:1: not JSON")]
    [InlineData("t.txt", "n\n", "a table ends in .csv, .jsonl or .parquet, not '.txt'")]
    public void A_damaged_table_is_named(string name, string text, string part)
    {
        Write(name, text);
        var e = Assert.Throws<LinearScalingException>(() => Points(name, "X=n,L=loss"));
        Assert.Contains(part, e.Message, StringComparison.Ordinal);
    }

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(folder, name), text);

    private IReadOnlyList<Observation> Points(string name, string columns) =>
        new TablePoints(Path.Combine(folder, name), TablePoints.ParseColumns(columns), "6nd", 0, [])
            .Read()
            .Groups[0]
            .Points;
}
