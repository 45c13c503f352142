using LinearScaling.Laws.Forms;
using LinearScaling.Laws.Numerics;
using LinearScaling.Laws.Parametric;
using LinearScaling.Laws.Points;

namespace LinearScaling.Tests.Laws.Parametric;

/// <summary>Rows that a reader must look at are named, and a fit that explains nothing says so.</summary>
public class RowCautionTests
{
    [Fact]
    public void Losses_without_a_trend_explain_nothing()
    {
        var random = new SeededRandom(2);
        List<Observation> points =
        [
            .. Enumerable
                .Range(0, 40)
                .Select(i => Observation.OfCompute(Math.Pow(10, 18 + 0.1 * i), 3 + 0.1 * random.Normal(), i)),
        ];
        var text = Text(Analyze(new PowerLaw(), points, FitLoss.LogSquared), "low_r_squared");
        Assert.StartsWith("R^2 is 0.0", text, StringComparison.Ordinal);
        Assert.EndsWith(
            ": the law explains nothing of the metric's logarithm, whose mean predicts as well",
            text,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_weak_trend_says_how_much_is_left()
    {
        var random = new SeededRandom(2);
        List<Observation> points =
        [
            .. Enumerable.Range(0, 60).Select(i => Observation.OfX(i, 0.3 + 0.01 * i + 0.2 * random.Normal(), i)),
        ];
        var analysis = Analyze(new Sigmoid(), points, FitLoss.Squared);
        Assert.InRange(analysis.Fit.RSquared, 0.1, 0.8);
        Assert.Equal(
            $"R^2 is {analysis.Fit.RSquared:F2}: the law leaves {100 * (1 - analysis.Fit.RSquared):F0}% of the "
                + "variance of the metric unexplained",
            Text(analysis, "low_r_squared")
        );
    }

    [Fact]
    public void Outlying_rows_are_named_the_farthest_first()
    {
        var points = Line(40);
        points[7] = points[7] with { Y = points[7].Y * 1.2, Label = "row 9" };
        points[31] = points[31] with { Y = points[31].Y / 1.5, Label = "row 33" };
        var analysis = Analyze(new PowerLaw(), points, FitLoss.LogHuber);
        double Off(int i) => 100 * (points[i].Y / analysis.Fit.Predict(points[i]) - 1);
        Assert.InRange(Off(31), -34, -32.5);
        Assert.InRange(Off(7), 19, 21);
        Assert.Equal(
            "2 rows lie more than 6 median absolute deviations from the fit: "
                + $"row 33 ({Off(31):F1}%), row 9 (+{Off(7):F1}%)",
            Text(analysis, "outlying_rows")
        );
        Assert.DoesNotContain(
            Analyze(new PowerLaw(), Line(40), FitLoss.LogHuber).Cautions,
            c => c.Code is "outlying_rows" or "low_r_squared" or "copies"
        );
    }

    [Fact]
    public void More_than_five_are_counted_and_r_squared_is_given_without_them()
    {
        var points = Line(60);
        for (var i = 0; i < 8; i++)
            points[7 * i] = points[7 * i] with { Y = 40, Label = $"row {7 * i + 2}" };
        var analysis = Analyze(new PowerLaw(), points, FitLoss.LogHuber);
        var text = Text(analysis, "outlying_rows");
        Assert.StartsWith("8 rows lie more than 6 ", text, StringComparison.Ordinal);
        Assert.EndsWith(" and 3 more", text, StringComparison.Ordinal);
        Assert.EndsWith(" (1.00 without the outlying rows)", Text(analysis, "low_r_squared"), StringComparison.Ordinal);
    }

    [Fact]
    public void Rounding_is_no_outlier()
    {
        List<Observation> exact =
        [
            .. Enumerable
                .Range(0, 30)
                .Select(i => Math.Pow(10, 18 + 0.1 * i))
                .Select((c, i) => Observation.OfCompute(c, 30 * Math.Pow(c, -0.08), i)),
        ];
        Assert.Empty(Outliers.Find(ParametricFit.Fit(new PowerLaw(), exact, starts: 4)));
    }

    [Fact]
    public void Copies_that_are_not_called_one_run_are_named()
    {
        List<Observation> points = [.. Line(20).Select((o, i) => o with { Label = $"row {i + 2}" })];
        points.AddRange([
            points[3] with
            {
                Cluster = 20,
                Label = "row 22",
            },
            points[5] with
            {
                Cluster = 21,
                Label = "row 23",
            },
        ]);
        Assert.Equal(
            "2 rows repeat another one to the last digit (row 5 = row 22, row 7 = row 23), and each counts as a run of "
                + "its own: intervals are too narrow; name the runs, with a column run of a table, or leave the copies "
                + "out",
            Text(Analyze(new PowerLaw(), points, FitLoss.LogHuber), "copies")
        );
        List<Observation> named =
        [
            .. points.Select(
                (o, i) =>
                    o with
                    {
                        Cluster =
                            i is 20 ? 3
                            : i is 21 ? 5
                            : i,
                    }
            ),
        ];
        Assert.DoesNotContain(Analyze(new PowerLaw(), named, FitLoss.LogHuber).Cautions, c => c.Code == "copies");
    }

    [Fact]
    public void Runs_branched_from_one_are_no_copies()
    {
        // A trunk of ten checkpoints, and two decays from its sixth and eighth.
        List<Observation> points = [];
        foreach (var (run, from) in new[] { ("trunk", 20), ("decay-6", 6), ("decay-8", 8) })
            points.AddRange(
                Enumerable
                    .Range(1, 10)
                    .Select(i =>
                        Observation.OfCompute(1e18 * i, 3 - 0.1 * Math.Log(i) - (i > from ? 0.05 * (i - from) : 0)) with
                        {
                            D = 1e9 * i,
                            Cluster = from,
                            Label = run,
                        }
                    )
            );
        var cautions = Analyze(new PowerLawOffset(), points, FitLoss.LogSquared).Cautions;
        Assert.DoesNotContain(cautions, c => c.Code == "copies");
        Assert.Equal(
            "3 runs share their rows up to where they part (trunk, decay-6, decay-8): they were branched from one "
                + "another, and intervals, which take runs for independent, are too narrow; in a table, give branches "
                + "of one trunk one name in the column run",
            Assert.Single(cautions, c => c.Code == "branched_runs").Text
        );
        // A run under two names is a copy to its end.
        points = [.. points.Take(10), .. points.Take(10).Select(o => o with { Cluster = 1, Label = "again" })];
        cautions = Analyze(new PowerLawOffset(), points, FitLoss.LogSquared).Cautions;
        Assert.StartsWith(
            "10 rows repeat another one",
            Assert.Single(cautions, c => c.Code == "copies").Text,
            StringComparison.Ordinal
        );
        Assert.DoesNotContain(cautions, c => c.Code == "branched_runs");
    }

    [Fact]
    public void Copies_do_not_make_few_points_many()
    {
        List<Observation> points = [.. Line(3), .. Line(3), .. Line(3)];
        Assert.Equal(
            "3 points for 2 parameters",
            Text(Analyze(new PowerLaw(), points, FitLoss.LogHuber), "few_points")
        );
    }

    private static LawAnalysis Analyze(LawForm form, IReadOnlyList<Observation> points, FitLoss loss) =>
        LawAnalysis.Analyze("test", form, points, loss, starts: 20, draws: 30);

    private static string Text(LawAnalysis analysis, string code) =>
        Assert.Single(analysis.Cautions, c => c.Code == code).Text;

    /// <summary>A power law of compute with a fixed, scattered error of 0.3 %.</summary>
    private static List<Observation> Line(int count) =>
        [
            .. Enumerable
                .Range(0, count)
                .Select(i => Math.Pow(10, 18 + 0.1 * i))
                .Select(
                    (c, i) => Observation.OfCompute(c, 30 * Math.Pow(c, -0.08) * (1 + 0.003 * Math.Sin(1.3 * i * i)), i)
                ),
        ];
}
