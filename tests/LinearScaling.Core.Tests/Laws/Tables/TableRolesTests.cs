using LinearScaling.Laws.Forms;
using LinearScaling.Laws.Points;

namespace LinearScaling.Tests.Laws.Tables;

/// <summary>What a column of a table can be to a fit.</summary>
public sealed class TableRolesTests : IDisposable
{
    private readonly TableFile table = new();

    public void Dispose() => table.Dispose();

    [Fact]
    public void Numbers_are_taken_times_or_divided()
    {
        var path = table.Write("t.csv", "Model Size (B),tokens,loss\n0.1283,2e6,3\n2.5,4e6,2\n");
        var points = One(TableFile.Points(path, "N=Model Size (B)*1e9,D = tokens / 1e-3,L=loss*2"));
        Assert.Equal([128_300_000, 2_500_000_000], points.Select(o => o.N));
        Assert.Equal([2e9, 4e9], points.Select(o => o.D));
        Assert.Equal([6.0, 4.0], points.Select(o => o.Y));
    }

    [Fact]
    public void A_column_whose_name_has_such_a_sign_is_named_as_it_is_or_in_quotes()
    {
        var path = table.Write("t.csv", "\"n, all*2\",n*2,n,loss\n1,20,7,3\n");
        Assert.Equal([20.0], One(TableFile.Points(path, "X=n*2,L=loss")).Select(o => o.X));
        Assert.Equal([60.0], One(TableFile.Points(path, "X=n*2*3,L=loss")).Select(o => o.X));
        Assert.Equal([21.0], One(TableFile.Points(path, "X=n*3,L=loss")).Select(o => o.X));
        Assert.Equal([1.0], One(TableFile.Points(path, "X=\"n, all*2\",L=loss")).Select(o => o.X));
        Assert.Equal([0.1], One(TableFile.Points(path, "X=\"n, all*2\"/10,L=loss")).Select(o => o.X));
        Refused(path, "X=\"n*3\",L=loss", "unknown column 'n*3'; did you mean ");
        Refused(path, "X=m*3,L=loss", "unknown column 'm'; did you mean n");
        Refused(path, "X=n*-3,L=loss", "unknown column 'n*-3'");
        Refused(path, "X=n,L=loss,run=n*3", "--columns: run is a name, not a number: it cannot be n*3");
    }

    [Fact]
    public void A_point_is_called_by_its_run_or_by_the_line_an_editor_counts()
    {
        var path = table.Write("t.csv", "# made by hand\n\nn,loss,what\n1,3,\"two\nlines\"\n2,2,x\n");
        Assert.Equal(["row 4", "row 6"], One(TableFile.Points(path, "X=n,L=loss")).Select(o => o.Label));
        var named = One(TableFile.Points(path, "X=n,L=loss,run=what"));
        Assert.Equal(["two\nlines", "x"], named.Select(o => o.Label));
        path = table.Write("t.jsonl", "{\"n\":1,\"loss\":3}\n\n{\"n\":2,\"loss\":2}\n");
        Assert.Equal(["row 1", "row 3"], One(TableFile.Points(path, "X=n,L=loss")).Select(o => o.Label));
    }

    [Fact]
    public void Rows_without_a_run_are_runs_of_their_own()
    {
        var path = table.Write("t.csv", "n,loss,run\n1,3,a\n2,2,\n3,2, a \n4,1,\n");
        var points = One(TableFile.Points(path, "X=n,L=loss,run=run"));
        Assert.Equal(["a", "row 3", "a", "row 5"], points.Select(o => o.Label));
        Assert.Equal([0, 1, 0, 2], points.Select(o => o.Cluster));
    }

    [Fact]
    public void A_weight_multiplies_and_excludes_a_standard_error()
    {
        var path = table.Write("t.csv", "n,loss,w,se\n1,3,2,0.5\n2,2,0,0.5\n3,2,0.25,0.5\n");
        var set = TableFile.Points(path, "X=n,L=loss,weight=w").Read();
        Assert.Equal([2, 0.25], set.Groups[0].Points.Select(o => o.Weight));
        Assert.Equal([new LeftOut("table", 1, "no positive, finite number in the column of weight")], set.LeftOut);
        Assert.Equal(4, One(TableFile.Points(path, "X=n,L=loss,SE=se"))[0].Weight);
        Refused(
            path,
            "X=n,L=loss,weight=w,SE=se",
            "--columns: weight and SE both say how much a row counts; name one of them"
        );
    }

    [Fact]
    public void A_budget_is_kept_where_there_is_one()
    {
        var path = table.Write("t.csv", "n,loss,b\n1,3,1e19\n2,2,\n3,2,-1\n");
        var set = TableFile.Points(path, "X=n,L=loss,budget=b").Read();
        Assert.Equal([1e19, double.NaN], set.Groups[0].Points.Select(o => o.Budget));
        Assert.Equal([new LeftOut("table", 1, "no positive, finite number in the column of budget")], set.LeftOut);
    }

    [Fact]
    public void Further_roles_come_in_the_order_a_form_asks_for()
    {
        var path = table.Write("t.csv", "n,loss,w,h\n1,3,64,2\n2,2,,3\n");
        var columns = TablePoints.ParseColumns("X=n,L=loss,depth=h,width=w*2", new PowerLawColumns());
        Assert.Equal(["X", "depth", "width"], TablePoints.Quantities(columns));
        var set = new TablePoints(path, columns, "6nd", 0, []) { Others = ["width", "depth"] }.Read();
        Assert.Equal([128.0, 2.0], set.Groups[0].Points.Single().Others);
        Assert.Equal([new LeftOut("table", 1, "no positive, finite number in a column of width, depth")], set.LeftOut);
        Refused(path, "X=n,L=loss,width=w", "expected ROLE=COLUMN with a role of");
    }

    [Fact]
    public void Of_equal_rows_the_lowest_metric_stays()
    {
        var path = table.Write(
            "t.csv",
            """
            n,d,lr,loss,set
            1e6,2e6,1,3.5,a
            1000000.0000001,2e6,2,3.4,a
            1e6,2e6,4,3.4,a
            1e6,4e6,1,3.1,a
            2e6,2e6,1,3.2,a
            1e6,2e6,1,3.9,b
            1000001,2e6,2,3.8,b

            """
        );
        var set = (TableFile.Points(path, "N=n,D=d,L=loss,group=set") with { BestPer = ["N", "D"] }).Read();
        Assert.Equal(["row 3", "row 5", "row 6"], set.Groups[0].Points.Select(o => o.Label));
        Assert.Equal(["row 7", "row 8"], set.Groups[1].Points.Select(o => o.Label));
        Assert.Equal([new LeftOut("a", 2, "another row of the same N and D has a lower metric")], set.LeftOut);

        var e = Assert.Throws<LinearScalingException>(() =>
            (TableFile.Points(path, "N=n,D=d,L=loss") with { BestPer = ["N", "X"] }).Read()
        );
        Assert.EndsWith("unknown role 'X'; did you mean N or D? one of: N, D", e.Message, StringComparison.Ordinal);
        Assert.Equal(
            3,
            One(TableFile.Points(path, "N=n,C=d,L=loss", "set=a") with { BestPer = ["D", "N"] }).Count // D = C / 6N
        );
    }

    [Fact]
    public void The_worst_rows_of_each_group_are_left_out_and_said_so()
    {
        var path = table.Write("t.csv", "n,loss,set\n1,9,a\n2,8,a\n3,2,a\n1,3,b\n2,2,b\n9,9,c\n");
        var set = (TableFile.Points(path, "X=n,L=loss,group=set") with { DropWorst = 1 }).Read();
        Assert.Equal(
            [(8.0, "a"), (2.0, "a"), (2.0, "b")],
            set.Groups.SelectMany(g => g.Points.Select(o => (o.Y, g.Name)))
        );
        Assert.Equal(
            [
                new("a", 1, "the 1 highest values of the metric"),
                new("b", 1, "the 1 highest values of the metric"),
                new LeftOut("c", 1, "the 1 highest values of the metric"),
            ],
            set.LeftOut
        );
    }

    [Theory]
    [InlineData("A=1e19", new[] { 1.0, 2, 3 })]
    [InlineData("A!=1e19", new[] { 4.0, 5 })]
    [InlineData("A=10000000000000000000", new[] { 1.0, 2, 3 })]
    [InlineData("A>1.5e19", new[] { 4.0 })]
    [InlineData("\"on=off\"=TRUE", new[] { 1.0, 4 })]
    [InlineData("\"on=off\"!=true", new[] { 2.0, 3, 5 })]
    public void Conditions_compare_numbers_and_booleans_whatever_text_they_have(string condition, double[] expected)
    {
        var csv = table.Write(
            "t.csv",
            "n,loss,A,on=off\n1,1,1E+19,True\n2,1,1e19,False\n3,1,10000000000000000000,0\n4,1,2e19,true\n5,1,,\n"
        );
        var json = table.Write(
            "t.jsonl",
            """
            {"n":1,"loss":1,"A":1E+19,"on=off":true}
            {"n":2,"loss":1,"A":"1e19","on=off":false}
            {"n":3,"loss":1,"A":10000000000000000000,"on=off":0}
            {"n":4,"loss":1,"A":2e19,"on=off":true}
            {"n":5,"loss":1,"A":null}
            """
        );
        foreach (var path in new[] { csv, json })
            Assert.Equal(expected, One(TableFile.Points(path, "X=n,L=loss", condition)).Select(o => o.X));
    }

    private static IReadOnlyList<Observation> One(TablePoints points) => points.Read().Groups.Single().Points;

    private static void Refused(string path, string columns, string part) =>
        Assert.Contains(
            part,
            Assert.Throws<LinearScalingException>(() => TableFile.Points(path, columns).Read()).Message,
            StringComparison.Ordinal
        );
}
