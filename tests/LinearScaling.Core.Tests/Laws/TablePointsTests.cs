using LinearScaling.Laws.Forms;
using LinearScaling.Laws.Points;
using LinearScaling.Tests.Files;
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
            TablePoints.ParseColumns("N=\"Model, Size\",C=C,L=loss"),
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
        Assert.Equal(Unlabelled("t.csv"), Unlabelled("t.jsonl"));
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
        Assert.Equal(Unlabelled("t.csv"), Unlabelled("t.parquet"));
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
                new("table", 1, "no finite number in the metric's column"),
                new("table", 1, "no positive, finite number in a column of N, D or C, or none in X"),
                new LeftOut("table", 1, "the 1 highest values of the metric"),
            ],
            set.LeftOut
        );
        Assert.Equal([3.5, 3.2], set.Groups[0].Points.Select(o => o.Y));
    }

    [Theory]
    [InlineData("N=n,D=d,L=los", "t.csv: unknown column 'los'; did you mean loss? one of: n, d, loss")]
    [InlineData("N=n,D=d", "--columns: L is missing: name the column of the metric, as L=loss")]
    [InlineData(
        "M=n",
        "--columns: expected ROLE=COLUMN with a role of N, D, C, L, X, run, group, SE, weight, budget, via, got 'M=n'"
    )]
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
    [InlineData("t.csv", "n,loss\n1,x\n", "line 2, column 'loss': expected a number, got 'x'")]
    [InlineData("t.csv", "n,loss\n1,2,3\n", "line 2 has 3 cells, the header 2")]
    [InlineData("t.jsonl", "{\"n\": 1\n", "t.jsonl:1: not one JSON value: ")]
    [InlineData("t.txt", "n\n", "a table ends in .csv, .tsv, .jsonl (also .gz, .zst) or .parquet, not '.txt'")]
    public void A_damaged_table_is_named(string name, string text, string part)
    {
        Write(name, text);
        var e = Assert.Throws<LinearScalingException>(() => Points(name, "X=n,L=loss"));
        Assert.Contains(part, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("t.csv", "# made by hand\nn,loss\n1,3\n2,2\n")]
    [InlineData("t.csv", "n,loss\r1,3\r2,2\r")]
    [InlineData("t.csv", "n;loss\n1;3\n2;2\n   \n")]
    [InlineData("t.csv", "n\tloss\n1\t3\n2\t2\n\n")]
    [InlineData("t.tsv", "n\tloss\n1\t3\n2\t2")]
    [InlineData("t.csv", "\"n\",\"loss\"\n\"1\",\"3\"\n2,2\n")]
    [InlineData("t.csv", "n,what,loss\n1,5\" disk,3\n2,\"a \"\"b\"\",\nc\",2\n")]
    [InlineData("t.jsonl", "{\"n\": 1, \"loss\": 3, \"x\": NaN}\n \n{\"n\": 2, \"loss\": 2}\n")]
    public void Dialects_of_tables_are_read_alike(string name, string text)
    {
        Write(name, text);
        Assert.Equal([(1.0, 3.0), (2.0, 2.0)], Points(name, "X=n,L=loss").Select(o => (o.X, o.Y)));
    }

    [Theory]
    [InlineData("t.csv", "n;loss\n1;3,5\n", "line 2, column 'loss': expected a number, got '3,5'; write decimals with")]
    [InlineData("t.csv", "n,loss,loss\n1,3,4\n", "t.csv: 2 columns are called 'loss'; give each a name of its own")]
    [InlineData("t.csv", "# a\n\nn,loss\n1,3\n2,x\n", "line 5, column 'loss'")]
    [InlineData("t.jsonl", "{\"n\": 1} {\"n\": 2}\n", "t.jsonl:1: not one JSON value: ")]
    [InlineData("t.jsonl", "{\"n\": 1, \"n\": 2}\n", "t.jsonl:1: not one JSON value: ")]
    [InlineData("t.jsonl", "{\"a.b\": 1, \"a\": {\"b\": 2}}\n", "has 'a.b' both as a key and as a path of keys")]
    public void What_could_be_read_in_two_ways_is_refused(string name, string text, string part)
    {
        Write(name, text);
        var e = Assert.Throws<LinearScalingException>(() => Points(name, "X=n,L=loss"));
        Assert.Contains(part, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Columns_are_named_by_their_path_or_in_quotes()
    {
        Write("t.jsonl", "{\"train\": {\"loss\": 1}, \"val\": {\"loss\": 2}, \"n\": 5}\n");
        Assert.Equal([2.0], Points("t.jsonl", "X=n,L=val.loss").Select(o => o.Y));
        Write("t.csv", "\"n, all\",\"a \"\"b\"\"\"\n1,2\n");
        Assert.Equal([2.0], Points("t.csv", "X=\"n, all\",L=\"a \"\"b\"\"\"").Select(o => o.Y));
    }

    [Fact]
    public void A_compressed_table_is_read_to_its_end()
    {
        var path = Path.Combine(folder, "t.csv.gz");
        var packed = GzipReaderTests.Pack("n,loss\n1,3\n2,2\n");
        File.WriteAllBytes(path, packed);
        Assert.Equal([3.0, 2.0], Points("t.csv.gz", "X=n,L=loss").Select(o => o.Y));
        File.WriteAllBytes(path, packed[..^9]);
        var e = Assert.Throws<LinearScalingException>(() => Points("t.csv.gz", "X=n,L=loss"));
        Assert.Contains("the file is cut off", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Conditions_compare_numbers_as_numbers_and_text_without_its_margins()
    {
        Write("t.csv", "n,loss,seed,set\n1,4,1.0, a\n2,3,1.00E+00,a \n3,2,2,b\n");
        Assert.Equal([4.0, 3.0], Where("seed=1").Select(o => o.Y));
        Assert.Equal([2.0], Where("seed!=1").Select(o => o.Y));
        Assert.Equal([4.0, 3.0], Where("set= a").Select(o => o.Y));

        IReadOnlyList<Observation> Where(string condition) =>
            new TablePoints(
                Path.Combine(folder, "t.csv"),
                TablePoints.ParseColumns("X=n,L=loss"),
                "6nd",
                0,
                [condition]
            )
                .Read()
                .Groups[0]
                .Points;
    }

    [Fact]
    public void Points_that_no_form_takes_are_left_out_with_a_reason()
    {
        Write("t.csv", "n,d,loss,se\n1e6,inf,3,0.1\n1e6,2e6,2,0\n1e6,2e6,2,-0.1\n1e6,2e6,inf,0.1\n1e6,2e6,2,0.1\n");
        var set = new TablePoints(
            Path.Combine(folder, "t.csv"),
            TablePoints.ParseColumns("N=n,D=d,L=loss,SE=se"),
            "6nd",
            0,
            []
        ).Read();
        Assert.Equal(
            [
                new LeftOut("table", 1, "no finite number in the metric's column"),
                new LeftOut("table", 2, "no positive, finite standard error in the column of SE"),
                new LeftOut("table", 1, "no positive, finite number in a column of N, D or C, or none in X"),
            ],
            set.LeftOut
        );
        Assert.Single(set.Groups[0].Points);

        Write("x.csv", "x,y\n0,1\n1,2\n2,3\n");
        var points = new TablePoints(
            Path.Combine(folder, "x.csv"),
            TablePoints.ParseColumns("X=x,L=y"),
            "6nd",
            0,
            []
        ).Read();
        Assert.Equal(3, points.For(new Sigmoid()).Groups[0].Points.Count);
        Assert.Equal(
            [new LeftOut("x", 1, "x is not positive, and power_law takes its logarithm")],
            points.For(new PowerLaw()).LeftOut
        );
    }

    [Fact]
    public void Of_equal_rows_only_so_many_are_dropped()
    {
        Write("t.csv", "n,loss\n1,9\n1,9\n2,3\n");
        var set = new TablePoints(
            Path.Combine(folder, "t.csv"),
            TablePoints.ParseColumns("X=n,L=loss"),
            "6nd",
            1,
            []
        ).Read();
        Assert.Equal([9.0, 3.0], set.Groups[0].Points.Select(o => o.Y));
    }

    /// <summary>Points but for the lines they stand on.</summary>
    private IEnumerable<Observation> Unlabelled(string name) =>
        Points(name, "N=n,D=d,L=loss").Select(o => o with { Label = "" });

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(folder, name), text);

    private IReadOnlyList<Observation> Points(string name, string columns) =>
        new TablePoints(Path.Combine(folder, name), TablePoints.ParseColumns(columns), "6nd", 0, [])
            .Read()
            .Groups[0]
            .Points;
}
