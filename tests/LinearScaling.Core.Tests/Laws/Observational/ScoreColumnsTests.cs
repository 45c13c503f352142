using LinearScaling.Laws.Observational;

namespace LinearScaling.Tests.Laws.Observational;

public sealed class ScoreColumnsTests : IDisposable
{
    private const string Roles = "model=Model,family=\"Model, Family\",C=FLOPs (1E21)*1e21,date=Date";

    private readonly string path = Path.Combine(Directory.CreateTempSubdirectory("lcs-scores-").FullName, "t.csv");

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);

    [Fact]
    public void A_table_in_billions_and_percent_is_read_with_its_gaps()
    {
        Write("a,f,7,2024-05-31,50,.5,.1", "b,f,,2023-01,60,NaN,.2", "c,,1,,70,.6,", "d,g,2,2022-02-02,,,.4");
        var table = Columns("A/100,B", "T").Read(path);
        Assert.Equal(["A", "B"], table.Benchmarks);
        Assert.Equal(["a", "b", "c"], table.Models.Select(m => m.Name));
        Assert.Equal(["f", "f", "c"], table.Models.Select(m => m.Family)); // one without a family is alone
        Assert.Equal([7e21, double.NaN, 1e21], table.Models.Select(m => m.Flops));
        Assert.Equal([0.5, 0.6, 0.7], table.Models.Select(m => m.Scores[0]));
        Assert.Equal([0.5, double.NaN, 0.6], table.Models.Select(m => m.Scores[1]));
        Assert.Equal([0.1, 0.2, double.NaN], table.Models.Select(m => m.Target));
        Assert.Equal([new(2024, 5, 31), new(2023, 1, 1), null], table.Models.Select(m => m.Released));
        Assert.Equal(("table", 1, "no score in any of the benchmarks"), Left(table));
    }

    [Fact]
    public void A_target_is_not_among_the_benchmarks()
    {
        Write("a,f,7,,.5,.5,.1", "b,f,8,,.6,.4,.2", "c,f,9,,.7,.3,.3");
        Assert.Equal(["A", "B"], Columns("A,B,T", "T").Read(path).Benchmarks);
    }

    [Theory]
    [InlineData("A,B", "a,f,7,,50,.5,.1", "model 'a': A is 50; scores are shares from 0 to 1")]
    [InlineData("A,B", "a,f,-7,,.5,.5,.1", "model 'a': FLOPs (1E21) is -7E+21; C is a positive number")]
    [InlineData("A,B", "a,f,7,May,.5,.5,.1", "column 'Date': expected a date as 2024-05-31 or 2024-05, got 'May'")]
    [InlineData("A,Q", "a,f,7,,.5,.5,.1", "unknown column 'Q'")]
    [InlineData("A,A/2", "a,f,7,,.5,.5,.1", "--benchmarks: A is named twice")]
    [InlineData("A,T", "a,f,7,,.5,.5,.1", "--benchmarks: components need two benchmarks or more besides the target T")]
    [InlineData("A,B", "a,f,7,,.6,.5,.1", "A has 3 scores and no two that differ; leave it out")]
    public void Mistakes_are_named_with_their_place(string benchmarks, string row, string expected)
    {
        Write(row, "b,f,8,,.6,.4,.2", "c,f,9,,.6,.3,.3");
        var e = Assert.Throws<LinearScalingException>(() => Columns(benchmarks, "T").Read(path));
        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_role_that_is_missing_is_named()
    {
        var e = Assert.Throws<LinearScalingException>(() => ScoreColumns.ParseRoles("model=Model,family=F"));
        Assert.StartsWith("--columns: C is missing", e.Message, StringComparison.Ordinal);
        e = Assert.Throws<LinearScalingException>(() => ScoreColumns.ParseRoles("model=Model,N=F"));
        Assert.Contains("a role of model, family, C, date, got 'N=F'", e.Message, StringComparison.Ordinal);
    }

    private static (string, int, string) Left(ScoreTable table) =>
        Assert.Single(table.LeftOut) is var l ? (l.What, l.Points, l.Why) : default;

    private static ScoreColumns Columns(string benchmarks, string target) =>
        new(ScoreColumns.ParseRoles(Roles), ScoreColumns.ParseBenchmarks(benchmarks), new(target), []);

    private void Write(params string[] rows) =>
        File.WriteAllLines(path, ["Model,\"Model, Family\",FLOPs (1E21),Date,A,B,T", .. rows]);
}
