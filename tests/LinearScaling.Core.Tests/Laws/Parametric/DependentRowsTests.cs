using LinearScaling.Laws;
using LinearScaling.Laws.Forms;
using LinearScaling.Laws.Numerics;
using LinearScaling.Laws.Parametric;
using LinearScaling.Laws.Points;

namespace LinearScaling.Tests.Laws.Parametric;

/// <summary>Rows of one run are not independent: no interval and no ratio takes them for it.</summary>
public class DependentRowsTests
{
    private static readonly double[] Surface = [1.69, 406.4, 410.7, .34, .28];

    [Theory]
    [InlineData("log-huber")]
    [InlineData("log-squared")]
    public void A_table_four_times_over_has_the_intervals_of_one(string loss)
    {
        var once = Scattered(36, seed: 3);
        List<Observation> fourfold = [.. Enumerable.Range(0, 4).SelectMany(_ => once)];
        var (one, four) = (Analyze(once), Analyze(fourfold));
        Assert.Equal(2, one.Profiles.Count);
        Assert.Equal(2, four.Profiles.Count);
        foreach (var (a, b) in one.Profiles.Zip(four.Profiles))
        {
            Same(a.Interval, b.Interval);
            Assert.Equal(4, b.DesignEffect, 1e-3);
            Assert.Equal(1.0, a.DesignEffect); // exactly: nothing changes where each row is a run
        }
        for (var k = 0; k < 5; k++)
            Same(one.BootstrapInterval(k)!, four.BootstrapInterval(k)!);
        Same(one.NOpt!.ExponentInterval!, four.NOpt!.ExponentInterval!);
        Same(one.Optimal(1e21).LossInterval!, four.Optimal(1e21).LossInterval!);

        LawAnalysis Analyze(List<Observation> points) =>
            LawAnalysis.Analyze("test", new Chinchilla(), points, FitLoss.Named[loss], starts: 20, draws: 60);
    }

    [Fact]
    public void Four_copies_of_a_run_do_not_tell_two_laws_apart()
    {
        List<Observation> a = [.. Line(12, 0)],
            b = [.. Line(12, 100)];
        var once = LawComparison.Compare(Analyze(a), Analyze(b)).Test;
        var fourfold = LawComparison
            .Compare(
                Analyze([.. Enumerable.Range(0, 4).SelectMany(_ => a)]),
                Analyze([.. Enumerable.Range(0, 4).SelectMany(_ => b)])
            )
            .Test;
        Assert.Equal(once.Ratio!.Value, fourfold.Ratio!.Value, 1e-4 * once.Ratio.Value);
        Assert.Equal(once.PValue!.Value, fourfold.PValue!.Value, 1e-4);
        double[] given = [9.5, -0.05];
        var fits = new[] { a, [.. Enumerable.Range(0, 4).SelectMany(_ => a)] }
            .Select(points => Likelihood.Against(Analyze(points).Fit, given))
            .ToList();
        Assert.Equal(fits[0].Ratio!.Value, fits[1].Ratio!.Value, 1e-4 * fits[0].Ratio!.Value);

        static LawAnalysis Analyze(IReadOnlyList<Observation> points) =>
            LawAnalysis.Analyze("test", new PowerLaw(), points, starts: 4, draws: 40);
        static IEnumerable<Observation> Line(int count, int first)
        {
            var random = new SeededRandom(first);
            return Enumerable
                .Range(0, count)
                .Select(i => Math.Pow(10, 18 + 0.3 * i))
                .Select(
                    (c, i) =>
                        Observation.OfCompute(c, 10 * Math.Pow(c, -0.05) * Math.Exp(0.02 * random.Normal()), first + i)
                );
        }
    }

    /// <summary>Kish: 1 + (m - 1) rho where the rows of a run share x, and 1 - rho where every run has the same x, with
    /// m rows a run that correlate by rho.</summary>
    [Theory]
    [InlineData(0.6)]
    [InlineData(0.0)]
    public void Correlated_rows_count_as_kish_says(double rho)
    {
        const int runs = 1200,
            rows = 5;
        Assert.Equal(1 + (rows - 1) * rho, Effect((run, _) => run), 0.12 * (1 + (rows - 1) * rho));
        Assert.Equal(1 - rho, Effect((_, row) => runs * row / rows), 0.12);

        double Effect(Func<int, int, double> at)
        {
            var random = new SeededRandom(11);
            var points = new List<Observation>();
            for (var run = 0; run < runs; run++)
            {
                var own = random.Normal();
                for (var row = 0; row < rows; row++)
                {
                    var x = Math.Exp(10 * at(run, row) / runs);
                    var error = 0.02 * (Math.Sqrt(rho) * own + Math.Sqrt(1 - rho) * random.Normal());
                    points.Add(Observation.OfX(x, 3 * Math.Pow(x, -0.2) * Math.Exp(error), run));
                }
            }
            return DesignEffect.Measure(ParametricFit.Fit(new PowerLaw(), points, starts: 2)).Ratio(1);
        }
    }

    [Fact]
    public void For_a_straight_line_the_step_without_a_run_is_the_fit_without_it()
    {
        // A power law is a line in logarithms, which Newton's step solves exactly.
        var random = new SeededRandom(5);
        List<Observation> points =
        [
            .. from run in Enumerable.Range(0, 9)
            let own = 0.05 * random.Normal()
            from row in Enumerable.Range(0, 1 + run % 4)
            let x = Math.Exp(0.7 * run + 0.4 * row)
            select Observation.OfX(x, 4 * Math.Pow(x, -0.3) * Math.Exp(own + 0.02 * random.Normal()), run),
        ];
        var fit = ParametricFit.Fit(new PowerLaw(), points, starts: 2);
        // The parts of a run's rows, by the normal equations of the line without that run.
        var residuals = fit.Problem.Residuals(fit.P);
        var (byRun, byRow) = (0.0, 0.0);
        foreach (var run in points.Select((o, i) => (Point: o, Index: i)).GroupBy(p => p.Point.Cluster))
        {
            var rest = points.Where(o => o.Cluster != run.Key).ToList();
            var slope = LogLogLine.Fit([.. rest.Select(o => o.X)], [.. rest.Select(o => o.Y)])!.Exponent;
            byRun += Math.Pow(slope - fit["exponent"], 2);
            var mean = rest.Average(o => o.LogX);
            var squares = rest.Sum(o => (o.LogX - mean) * (o.LogX - mean));
            byRow += run.Sum(p => Math.Pow((p.Point.LogX - mean) / squares * residuals[p.Index], 2));
        }
        Assert.Equal(1, DesignEffect.Measure(fit).Ratio(1) * byRow / byRun, 1e-6);
    }

    [Fact]
    public void Too_few_runs_have_no_profile_and_say_why()
    {
        List<Observation> points = [.. Scattered(60, seed: 4).Select((o, i) => o with { Cluster = i % 9 })];
        var analysis = LawAnalysis.Analyze("test", new Chinchilla(), points, starts: 20, draws: 40);
        Assert.Empty(analysis.Profiles);
        Assert.Contains(
            new Caution(
                "dependent_rows",
                "9 runs for 5 parameters do not tell how far rows of one run depend on each other (2 for each would): "
                    + "there are no profile intervals and no likelihood ratios"
            ),
            analysis.Cautions
        );
        Assert.Equal(new(null, null), Likelihood.Against(analysis.Fit, Surface));
        Assert.Null(DesignEffect.Measure(analysis.Fit).EffectiveRows);
    }

    [Fact]
    public void Runs_of_several_rows_have_ratios_and_no_profile_and_say_why()
    {
        var form = new Chinchilla();
        List<Observation> points =
        [
            .. Scattered(44, seed: 6)
                .SelectMany(o =>
                    Enumerable
                        .Range(0, 3)
                        .Select(i => Observation.At(o.N, o.D * (1 - 0.2 * i), 1, o.Cluster))
                        .Select(p => p with { Y = form.Predict(Surface, p) * o.Y / form.Predict(Surface, o) })
                ),
        ];
        var analysis = LawAnalysis.Analyze("test", form, points, starts: 12, draws: 40);
        Assert.Empty(analysis.Profiles);
        Assert.Contains(
            new Caution(
                "dependent_rows",
                "rows of one run depend on each other, and profile intervals that allow for it came out too narrow "
                    + "where that was measured: there are none, and those of the bootstrap stand"
            ),
            analysis.Cautions
        );
        Assert.NotNull(Likelihood.Against(analysis.Fit, Surface).PValue);
        Assert.InRange(DesignEffect.Measure(analysis.Fit).EffectiveRows!.Value, 30, 80); // of 132
    }

    private static void Same(Interval expected, Interval actual)
    {
        var width = expected.High - expected.Low;
        Assert.InRange(actual.Low, expected.Low - 0.02 * width, expected.Low + 0.02 * width);
        Assert.InRange(actual.High, expected.High - 0.02 * width, expected.High + 0.02 * width);
    }

    /// <summary>Points anywhere within three decades of N and D, each a run, with 1 % normal errors.</summary>
    private static List<Observation> Scattered(int count, int seed)
    {
        var random = new SeededRandom(seed);
        return
        [
            .. Enumerable
                .Range(0, count)
                .Select(i =>
                    Observation.At(Math.Pow(10, 7 + 3 * random.Uniform()), Math.Pow(10, 8 + 3 * random.Uniform()), 1, i)
                )
                .Select(o => o with { Y = new Chinchilla().Predict(Surface, o) * Math.Exp(0.01 * random.Normal()) }),
        ];
    }
}
