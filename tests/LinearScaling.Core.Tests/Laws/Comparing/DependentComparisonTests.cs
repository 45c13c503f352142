using LinearScaling.Laws.Comparing;
using LinearScaling.Laws.Forms;
using LinearScaling.Laws.Numerics;
using LinearScaling.Laws.Parametric;
using LinearScaling.Laws.Points;

namespace LinearScaling.Tests.Laws.Comparing;

/// <summary>Forms compared on rows of which several come from one run.</summary>
public class DependentComparisonTests
{
    /// <summary>E, A, B, alpha, beta: with alpha = beta it is Gadre's form too.</summary>
    private static readonly double[] OneExponent = [1.8, 160, 225, .27, .27];

    [Fact]
    public void A_true_special_case_is_rejected_no_more_often_where_rows_of_a_run_share_their_error()
    {
        var (rejected, naive) = (0, 0);
        const int draws = 200;
        for (var seed = 0; seed < draws; seed++)
        {
            var points = Runs(40, 6, seed);
            var (small, large) = (
                Near(new Gadre(), points, [160, 225 * Math.Pow(6, .135), -.27, 1.8]),
                Near(new Chinchilla(), points, OneExponent)
            );
            rejected += Reject([small, large]) ? 1 : 0;
            List<Observation> unnamed = [.. points.Select((o, i) => o with { Cluster = i })];
            naive += Reject([
                small with
                {
                    Problem = small.Problem.With(unnamed),
                },
                large with
                {
                    Problem = large.Problem.With(unnamed),
                },
            ])
                ? 1
                : 0;
        }
        // At 5 %, give or take three standard errors; 40 runs for 5 parameters add a little.
        Assert.InRange(rejected / (double)draws, 0.01, 0.11);
        Assert.True(naive / (double)draws > 0.2, "the rows hardly depend on each other");

        static bool Reject(IReadOnlyList<ParametricFit> fits) => NestedTest.All(fits).Single().PValue < 0.05;
    }

    [Fact]
    public void The_effect_on_a_test_of_one_exponent_is_that_of_the_exponent()
    {
        // A straight line in logarithms within a power law: what the larger form adds is its exponent alone.
        var random = new SeededRandom(2);
        List<Observation> points =
        [
            .. from run in Enumerable.Range(0, 30)
            let own = random.Normal()
            from row in Enumerable.Range(0, 4)
            let x = Math.Exp(0.1 * run + 0.05 * row)
            select Observation.OfX(x, 3 * Math.Exp(0.02 * (own + 0.5 * random.Normal())), run),
        ];
        var flat = ParametricFit.Fit(
            new PowerLaw(),
            points,
            FitLoss.LogSquared,
            starts: 2,
            @fixed: new Dictionary<string, double> { ["exponent"] = 0 }
        );
        var line = ParametricFit.Fit(new PowerLaw(), points, FitLoss.LogSquared, starts: 2);
        var ratio = Likelihood.Ratio(FitLoss.LogSquared, points.Count, flat.Objective, line.Objective);
        Assert.Equal(
            ratio / DesignEffect.Measure(line).Ratio(1),
            DesignEffect.OfTest(flat, line).Test(ratio, 1).Ratio!.Value,
            1e-9 * ratio
        );
    }

    [Fact]
    public void Too_few_runs_have_no_likelihood_ratio_and_count_as_a_row_each()
    {
        var points = Runs(9, 12, 0);
        var comparison = FormComparison.Compare([
            .. new LawForm[] { new Chinchilla(), new Gadre() }.Select(f =>
                LawAnalysis.Analyze("table", f, points, FitLoss.LogSquared, 8, 0)
            ),
        ]);
        Assert.Equal((108, 9), (comparison.Points, comparison.Rows));
        Assert.Equal((null, null), (comparison.Nested.Single().Ratio, comparison.Nested.Single().PValue));
    }

    [Fact]
    public void Criteria_count_what_rows_are_worth_and_parameters_that_are_fitted()
    {
        var points = Runs(40, 6, 1);
        Dictionary<string, double> given = new() { ["E"] = 1.8 };
        var comparison = FormComparison.Compare([
            .. new LawForm[] { new Chinchilla(), new Gadre() }.Select(f =>
                LawAnalysis.Analyze("table", f, points, FitLoss.LogSquared, 8, 0, @fixed: given)
            ),
        ]);
        Assert.InRange(comparison.Rows, 40, 120); // of 240, six a run that correlate by 0.8
        Assert.Equal([4, 3], comparison.Scores.Select(s => s.Parameters));
        foreach (var s in comparison.Scores)
        {
            var fit = comparison.Rows * (Math.Log(2 * Math.PI * s.Objective / points.Count) + 1);
            Assert.Equal(fit + 2 * (s.Parameters + 1), s.Criteria.Aic, 1e-4);
            Assert.Equal(fit + (s.Parameters + 1) * Math.Log(comparison.Rows), s.Criteria.Bic, 1e-4);
        }
    }

    private static ParametricFit Near(LawForm form, List<Observation> points, double[] truth)
    {
        var problem = new FitProblem(form, points, FitLoss.LogSquared);
        var end = Minimizer.Near(problem, form.ToFitSpace(truth));
        return new(problem, form.FromFitSpace(end.P), end.P, end.Objective, 0, new(1, 1, 1, 1, 0, 0, 0, 0, [], null));
    }

    /// <summary>Runs of sizes scattered over three decades, whose rows share an error of 0.6 % and have one of 0.3 %
    /// each, a fifth of a decade of tokens apart.</summary>
    private static List<Observation> Runs(int runs, int rows, int seed)
    {
        var random = new SeededRandom(seed, 9);
        return
        [
            .. from run in Enumerable.Range(0, runs)
            let n = Math.Pow(10, 6.5 + 3 * random.Uniform())
            let last = 9.5 + 2 * random.Uniform()
            let own = 0.006 * random.Normal()
            from row in Enumerable.Range(0, rows)
            let at = Observation.At(n, Math.Pow(10, last - 0.2 * row), 0, run)
            select at with
            {
                Y = new Chinchilla().Predict(OneExponent, at) * Math.Exp(own + 0.003 * random.Normal()),
            },
        ];
    }
}
