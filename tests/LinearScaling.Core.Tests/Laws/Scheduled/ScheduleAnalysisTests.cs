using LinearScaling.Laws.Forms;
using LinearScaling.Laws.Numerics;
using LinearScaling.Laws.Points;
using LinearScaling.Laws.Scheduled;
using static LinearScaling.Tests.Laws.Scheduled.SampleSchedules;

namespace LinearScaling.Tests.Laws.Scheduled;

public sealed class ScheduleAnalysisTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("lcs-schedules-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public void Each_schedule_is_predicted_by_the_others_and_a_run_without_values_by_all()
    {
        var noise = new SeededRandom(5);
        ScheduledCurve[] curves =
        [
            Noisy("cosine", Cosine(12000), noise),
            Noisy("again", Cosine(12000), noise),
            Noisy("drop", TwoStages(3e-5), noise),
            Noisy("wsd", Linear(), noise),
            new("planned", "", Known(Exponential()), []),
        ];
        var analysis = ScheduleAnalysis.Analyze("m", new MultiPower(), curves, starts: 6);
        Assert.Equal(
            [
                ["cosine", "again"],
                ["drop"],
                ["wsd"],
            ],
            analysis.LeftOut.Select(l => l.Curves.Select(c => c.Run))
        );
        Assert.All(analysis.LeftOut.SelectMany(l => l.Errors), e => Assert.InRange(e.MeanError, 1e-4, 0.004));
        var planned = Assert.Single(analysis.Predicted);
        Assert.Equal(
            1,
            analysis.Law.Fit.Predict(planned.Place(23999)) / Direct(Million100, Exponential(), 23999),
            0.002
        );
        Assert.DoesNotContain(analysis.Law.Cautions, c => c.Code is "one_schedule" or "no_annealing" or "left_out");
    }

    [Fact]
    public void One_schedule_and_a_constant_rate_leave_the_law_open_and_it_says_so()
    {
        var noise = new SeededRandom(6);
        var analysis = ScheduleAnalysis.Analyze("m", new Annealing(), [Noisy("c", Constant(12000), noise)], starts: 4);
        Assert.Empty(analysis.LeftOut);
        Assert.Contains(analysis.Law.Cautions, c => c.Code == "one_schedule");
        Assert.Contains(analysis.Law.Cautions, c => c.Code == "no_annealing");
    }

    [Fact]
    public void A_schedule_that_the_others_miss_is_named()
    {
        var noise = new SeededRandom(7);
        var odd = Noisy("odd", TwoStages(3e-5), noise);
        ScheduledCurve[] curves =
        [
            Noisy("cosine", Cosine(12000), noise),
            Noisy("wsd", Linear(), noise),
            odd with
            {
                Points = [.. odd.Points.Select(p => p with { Value = 1.05 * p.Value })],
            },
        ];
        var analysis = ScheduleAnalysis.Analyze("m", new Annealing(), curves, starts: 6);
        Assert.Contains(
            analysis.Law.Cautions,
            c =>
                c.Code == "left_out"
                && c.Text.StartsWith("fitted to the other schedules, it misses run odd by ", StringComparison.Ordinal)
        );
    }

    [Fact]
    public void A_table_gives_curves_rates_and_what_was_left_out()
    {
        var data = Read(
            "run,step,rate,loss",
            [
                "a,1,1e-4,",
                "a,100,3e-4,5",
                "a,200,3e-4,4",
                "a,300,3e-4,3.5",
                "a,300,3e-4,3.4",
                "a,400,1e-4,-1",
                "a,500,1e-4,3",
                "b,1,2e-4,",
                "b,500,2e-4,",
                "c,1,1e-4,4",
                "d,10,,4",
            ],
            "run=run,step=step,lr=rate,L=loss",
            new MultiPower()
        );
        Assert.Equal(["a", "b"], data.Curves.Select(c => c.Run));
        Assert.Equal(
            [(100, 5), (200, 4), (300, 3.4), (500, 3)],
            data.Curves[0].Points.Select(p => (p.Position, p.Value))
        );
        Assert.Empty(data.Curves[1].Points);
        Assert.Equal(Enumerable.Range(0, 100).Sum(i => 1e-4 + 2e-4 * i / 99), data.Curves[0].Rates.Sum(100), 1e-15);
        Assert.Equal(
            [
                ("table", 1, "no number, at least 0, in the column of lr"),
                ("run a", 1, "another row of the run has the same step"),
                ("run a", 1, "not a positive number"),
                ("run c", 1, "fewer than two steps with a learning rate"),
            ],
            data.LeftOut.Select(l => (l.What, l.Points, l.Why))
        );
    }

    [Theory]
    [InlineData("run=run,lr=rate,L=loss", "--columns: step is missing")]
    [InlineData("run=run,step=step,L=loss", "--columns: lr is missing")]
    [InlineData("run=run,step=step,D=step,lr=rate,L=loss", "--columns: step and D both say how far a run is")]
    [InlineData("run=run,step=step,N=step,lr=rate,L=loss", "--columns: N: multi_power reads run, group, step (or D)")]
    public void A_column_too_few_or_too_many_is_named(string columns, string message)
    {
        var e = Assert.Throws<LinearScalingException>(() =>
            Read("run,step,rate,loss", ["a,1,1e-4,4", "a,2,1e-4,3"], columns, new MultiPower())
        );
        Assert.StartsWith(message, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Points_without_a_schedule_are_refused()
    {
        var e = Assert.Throws<LinearScalingException>(() =>
            LinearScaling.Laws.Parametric.LawAnalysis.Analyze(
                "t",
                new MultiPower(),
                [.. Enumerable.Range(1, 20).Select(i => Observation.OfCompute(i, 3))]
            )
        );
        Assert.StartsWith(
            "t: multi_power needs the learning rate along every run",
            e.Message,
            StringComparison.Ordinal
        );
    }

    private ScheduledData Read(string header, string[] rows, string columns, LawForm form)
    {
        var path = Path.Combine(root, "curves.csv");
        File.WriteAllLines(path, rows.Prepend(header));
        return ScheduledTable.Read(path, TablePoints.ParseColumns(columns, form), [], form, 0);
    }

    /// <summary>The published law of 100 million parameters at every 400th step, with noise of 0.1 %.</summary>
    private static ScheduledCurve Noisy(string run, double[] rates, SeededRandom noise)
    {
        var known = Known(rates);
        var curve = new ScheduledCurve(run, "", known, []);
        return curve with
        {
            Points =
            [
                .. Enumerable
                    .Range(6, rates.Length / 400 - 6)
                    .Select(i => 400.0 * i)
                    .Select(s => new StepValue(
                        s,
                        new MultiPower().Predict(Million100, curve.Place(s)) * (1 + 0.001 * noise.Normal())
                    )),
            ],
        };
    }
}
