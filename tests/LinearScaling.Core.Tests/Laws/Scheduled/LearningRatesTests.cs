using LinearScaling.Laws.Forms;
using LinearScaling.Laws.Scheduled;
using static LinearScaling.Tests.Laws.Scheduled.SampleSchedules;

namespace LinearScaling.Tests.Laws.Scheduled;

public class LearningRatesTests
{
    private static readonly double[] Short = [1e-4, 2e-4, 3e-4, 3e-4, 3e-4, 2e-4, 1e-4, 5e-5];

    [Fact]
    public void Sums_are_those_of_the_steps_whether_or_not_each_is_known()
    {
        var rates = new LearningRates(Short.Select((r, i) => (i + 1.0, r)));
        var few = new LearningRates([(1, 1e-4), (3, 3e-4), (5, 3e-4), (7, 1e-4), (8, 5e-5)]);
        for (var step = 1; step <= Short.Length; step++)
        {
            Assert.Equal(Short[..step].Sum(), rates.Sum(step), 1e-18);
            Assert.Equal(Short[..step].Sum(), few.Sum(step), 1e-18);
            Assert.Equal(Short[step - 1], few.Rate(step), 1e-18);
        }
        Assert.Equal((3e-4, 3.0, 8.0, 1.0), (rates.Peak, rates.WarmedUp, rates.Last, rates.FirstKnown));
    }

    [Fact]
    public void Before_the_first_known_step_the_rate_rises_from_0()
    {
        var rates = new LearningRates([(100, 3e-4), (200, 3e-4)]);
        Assert.Equal(1.5e-4, rates.Rate(50), 1e-18);
        Assert.Equal(Enumerable.Range(1, 100).Sum(s => 3e-6 * s) + 100 * 3e-4, rates.Sum(200), 1e-15);
        Assert.Equal(100, rates.FirstKnown);
    }

    public static TheoryData<string> Schedules => ["cosine", "constant", "drop", "exponential", "linear", "to 0"];

    /// <summary>Some 80 blocks in place of 24,000 changes move the loss by less than 1e-5 of itself, a hundredth of
    /// what the law misses.</summary>
    [Theory]
    [MemberData(nameof(Schedules))]
    public void Merged_changes_give_the_sum_over_all_of_them(string schedule)
    {
        var steps = schedule switch
        {
            "cosine" => Cosine(24000),
            "constant" => Constant(24000),
            "drop" => TwoStages(3e-5),
            "exponential" => Exponential(),
            "linear" => Linear(),
            _ => Linear(floor: 0),
        };
        var rates = Known(steps);
        double[][] laws = [Million100, [2.6, 0.6, 0.45, 440, 0.3, 1.5, 0.2], [2.6, 0.6, 0.45, 440, 20, 0.3, 1.0]];
        foreach (var step in new[] { 2200, 5000, 8001, 8040, 12000, 15999, 20100, 22000, 23500, 23999 })
        {
            if (step >= steps.Length)
                continue;
            var point = rates.At(step);
            Assert.InRange(point.Change.Length, 4, 250);
            foreach (var law in laws)
            {
                var merged = new MultiPower().Predict(law, new ScheduledCurve("", "", rates, []).Place(step));
                Assert.Equal(1, merged / Direct(law, steps, step), 1e-5);
            }
        }
    }

    /// <summary>Rows of a table lie 128 steps apart; a point may lie between them.</summary>
    [Fact]
    public void Rates_known_at_few_steps_give_nearly_the_same_loss()
    {
        var steps = Cosine(24000);
        var few = new LearningRates(
            Enumerable.Range(0, 171).Select(i => 2160 + 128 * i).Select(s => ((double)s, steps[s]))
        );
        foreach (var step in new[] { 3000, 9000, 15003, 22222, 23904 })
        {
            var seen = new MultiPower().Predict(Million100, new ScheduledCurve("", "", few, []).Place(step));
            Assert.Equal(1, seen / Direct(Million100, steps, step), 5e-5);
        }
    }

    /// <summary>Counted in tokens, constants take up what a step is.</summary>
    [Fact]
    public void Tokens_in_place_of_steps_change_two_constants()
    {
        const double tokens = 5e5;
        var steps = Linear();
        var rates = new LearningRates(steps.Select((r, i) => (i * tokens, r)));
        double[] law = [.. Million100];
        law[1] *= Math.Pow(tokens, law[2]);
        law[4] /= tokens;
        foreach (var step in new[] { 5000, 20050, 21000, 23999 })
        {
            var seen = new MultiPower().Predict(law, new ScheduledCurve("", "", rates, []).Place(step * tokens));
            Assert.Equal(1, seen / Direct(Million100, steps, step), 1e-4);
        }
    }

    private static readonly int[] Bends = [1, 199, 200, 2000, 3000];

    [Fact]
    public void The_annealing_area_is_the_sum_of_a_momentum()
    {
        double[] rates = [.. Enumerable.Range(1, 3000).Select(Rate)];
        static double Rate(int s) =>
            s < 200 ? 1.5e-6 * s
            : s < 2000 ? 3e-4
            : 3e-4 - 2.5e-4 * (s - 2000) / 1000;
        var known = new LearningRates(rates.Select((r, i) => (i + 1.0, r)));
        var few = new LearningRates(Bends.Select(s => ((double)s, Rate(s))));
        var (sum, momentum, area) = (0.0, 0.0, 0.0);
        for (var step = 1; step <= rates.Length; step++)
        {
            var rate = Math.Max(rates[step - 1], step < 200 ? 3e-4 : 0); // the warm-up counts as its peak
            var before = step <= 200 ? 3e-4 : rates[step - 2];
            sum += rate;
            momentum = 0.999 * momentum + before - rate;
            area += momentum;
            foreach (var at in new[] { known.At(step), few.At(step) })
            {
                Assert.Equal(Math.Log(sum), at.LogFlatSum, 1e-9);
                Assert.Equal(area, at.AnnealingArea, 1e-12);
            }
        }
    }

    [Fact]
    public void Runs_of_one_schedule_are_told_from_others()
    {
        LearningRates[] all =
        [
            Known(Cosine(24000)),
            Known(Constant(24000)),
            Known(Cosine(24000)),
            Known(Linear()),
            Known(Constant(20000)),
        ];
        Assert.Equal(
            [
                [0, 2],
                [1],
                [3],
                [4],
            ],
            ScheduledCurve.Distinct(all)
        );
    }

    [Fact]
    public void Many_points_become_means_that_blur_neither_end()
    {
        List<StepValue> points =
        [
            .. Enumerable
                .Range(1, 5000)
                .Select(s => new StepValue(s, 2 + 3 / Math.Sqrt(s) - (s > 4000 ? 1e-4 * (s - 4000) : 0))),
        ];
        var binned = ScheduledCurve.Binned(points);
        Assert.InRange(binned.Count, 40, 64);
        Assert.Equal(binned.Count, binned.Sum(p => p.Weight), 1e-9);
        Assert.InRange(binned.Count(p => p.Position > 4000), 6, 20);
        foreach (var p in binned.Where(p => p.Position > 20))
        {
            var (s, y) = (p.Position, p.Value);
            Assert.Equal(1, y / (2 + 3 / Math.Sqrt(s) - (s > 4000 ? 1e-4 * (s - 4000) : 0)), 2e-3);
        }
        Assert.Same(binned, ScheduledCurve.Binned(binned));
    }
}
