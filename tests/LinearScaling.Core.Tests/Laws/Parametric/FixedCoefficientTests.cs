using LinearScaling.Laws;
using LinearScaling.Laws.Comparing;
using LinearScaling.Laws.Forms;
using LinearScaling.Laws.Links;
using LinearScaling.Laws.Numerics;
using LinearScaling.Laws.Parametric;
using LinearScaling.Laws.Points;

namespace LinearScaling.Tests.Laws.Parametric;

/// <summary>A coefficient that is given stays as given, and counts for nothing.</summary>
public class FixedCoefficientTests
{
    private static readonly double[] Surface = [1.69, 406.4, 410.7, .34, .28];

    [Fact]
    public void With_a_given_exponent_the_rest_is_a_straight_line()
    {
        var random = new SeededRandom(4);
        List<Observation> points =
        [
            .. Enumerable
                .Range(1, 40)
                .Select(i => Observation.OfX(i, 2 + 3 * Math.Pow(i, -0.5) + 0.05 * random.Normal(), i)),
        ];
        var fit = ParametricFit.Fit(
            new PowerLawOffset(),
            points,
            FitLoss.Squared,
            starts: 8,
            @fixed: Given("alpha", 0.5)
        );
        var (x, y) = (points.Average(o => 1 / Math.Sqrt(o.X)), points.Average(o => o.Y));
        var slope =
            points.Sum(o => (1 / Math.Sqrt(o.X) - x) * (o.Y - y))
            / points.Sum(o => Math.Pow(1 / Math.Sqrt(o.X) - x, 2));
        Assert.Equal(slope, fit["A"], 1e-8);
        Assert.Equal(y - slope * x, fit["E"], 1e-8);
        Assert.Equal(0.5, fit["alpha"]);
        Assert.Equal(2, fit.Problem.FreeParameters);
        Assert.Empty(fit.Certificate.BoundsHit);
        Assert.True(fit.Certificate.PromisedDecrease < 1e-12);
    }

    [Fact]
    public void A_fixed_coefficient_has_no_interval_and_the_law_says_so()
    {
        var analysis = LawAnalysis.Analyze(
            "test",
            new Chinchilla(),
            Grid(),
            starts: 20,
            draws: 40,
            @fixed: new Dictionary<string, double> { ["E"] = 1.6, ["beta"] = 0.3 }
        );
        Assert.Equal((1.6, 0.3), (analysis.Fit["E"], analysis.Fit["beta"]));
        Assert.All(analysis.Bootstrap.Draws, d => Assert.Equal((1.6, 0.3), (d[0], d[4])));
        Assert.Equal("alpha", Assert.Single(analysis.Profiles).Parameter);
        Assert.Null(analysis.BootstrapInterval(0));
        var law = analysis.ToLaw("loss", "N, D", "6nd", new("table", 36, "", []), "0", "lcs fit --fix E=1.6");
        Assert.Equal(["E", "beta"], law.Fixed);
        Assert.Equal(["A", "B", "alpha"], law.Intervals.Keys);
        Assert.Equal(["A", "B", "alpha"], law.StandardErrors.Keys);
        Assert.Equal((1.6, 0.3), (law.Coefficients["E"], law.Coefficients["beta"]));
        Assert.All(law.FitCovariance[0], v => Assert.Equal(0, v, 1e-25));
        Assert.True(law.Optimal(1e20).LossInterval!.Contains(law.LossAt(1e20)));
    }

    [Fact]
    public void Holding_what_was_fitted_changes_nothing_and_its_profile_is_what_fixing_it_costs()
    {
        var free = ParametricFit.Fit(new Chinchilla(), Grid(), FitLoss.LogSquared, starts: 20);
        var same = ParametricFit.Fit(
            new Chinchilla(),
            Grid(),
            FitLoss.LogSquared,
            starts: 20,
            @fixed: Given("alpha", free["alpha"])
        );
        Assert.Equal(free.Objective, same.Objective, 1e-9 * free.Objective);
        Assert.Equal(1, same["B"] / free["B"], 1e-4);
        var profile = ProfileLikelihood.Trace(free, "alpha", new(free["alpha"] - 0.02, free["alpha"] + 0.02));
        var (value, lost) = profile.Points[^2];
        var held = ParametricFit.Fit(
            new Chinchilla(),
            Grid(),
            FitLoss.LogSquared,
            starts: 20,
            @fixed: Given("alpha", value)
        );
        Assert.Equal(lost, Likelihood.Ratio(FitLoss.LogSquared, 36, held.Objective, free.Objective), 1e-5 * lost);
    }

    [Fact]
    public void An_irreducible_loss_of_nothing_is_none()
    {
        List<Observation> points =
        [
            .. Grid().Select(o => o with { Y = (o.Y - 1.69) * (1 + 0.01 * Math.Sin(77 * o.LogN + 3 * o.LogD)) }),
        ];
        var analysis = LawAnalysis.Analyze(
            "test",
            new Chinchilla(),
            points,
            starts: 20,
            draws: 40,
            @fixed: Given("E", 0)
        );
        Assert.Equal(0, analysis.Fit["E"]);
        Assert.Equal(0.34, analysis.Fit["alpha"], 0.02);
        var law = analysis.ToLaw("loss", "N, D", "6nd", new("table", 36, "", []), "0", "");
        Assert.All(law.FitCovariance, row => Assert.All(row, v => Assert.True(double.IsFinite(v))));
        var optimum = law.Optimal(1e20);
        Assert.True(optimum.LossInterval!.Contains(optimum.Loss));
    }

    [Fact]
    public void Given_coefficients_are_no_degrees_of_freedom()
    {
        List<Observation> few = [.. Grid().Where((_, i) => i % 8 == 0)];
        Assert.Equal(5, few.Count);
        var cautions = LawAnalysis
            .Analyze("test", new Chinchilla(), few, starts: 20, draws: 20, @fixed: Given("E", 1.69))
            .Cautions;
        Assert.Contains(new Caution("few_points", "5 points for 4 parameters"), cautions);
    }

    [Fact]
    public void Refits_without_a_part_or_to_other_runs_hold_what_is_given()
    {
        var given = Given("E", 1.3);
        var fit = ParametricFit.Fit(new Chinchilla(), Grid(), starts: 20, @fixed: given);
        double Missed(Func<Observation, bool> fitted, Func<Observation, bool> held, int starts)
        {
            var rest = ParametricFit.Fit(new Chinchilla(), [.. Grid().Where(fitted)], starts: starts, @fixed: given);
            return Grid().Where(held).Average(o => rest.Predict(o) / o.Y - 1);
        }
        var step = RollingHoldOut.Measure([fit])!.Steps[^1];
        Assert.Equal(
            Missed(o => o.C <= step.UpTo, o => o.C > step.UpTo && o.C <= step.Next, 60),
            step.Errors[0]!.Mean,
            1e-6
        );
        var link = ParametricFit.Fit(
            new PowerLaw(),
            [.. Grid().Select(o => o with { X = o.Y, Y = Math.Pow(o.Y, -2) })],
            starts: 4
        );
        var limit = Grid().Max(o => o.C) / Math.Sqrt(10);
        Assert.Equal(
            Missed(o => o.C < limit, o => o.C >= limit, 100),
            TwoStepHoldOut.Measure(fit, link)!.Loss.Mean,
            1e-6
        );
        Assert.All(RunResampling.Draw([fit, link], 30, 0), d => Assert.Equal(1.3, d[0]![0]));
    }

    [Theory]
    [InlineData(
        "e",
        1.6,
        "--fix: unknown coefficient of chinchilla 'e'; did you mean E, A or B? one of: E, A, B, alpha, beta"
    )]
    [InlineData("alpha", 4, "--fix alpha=4: alpha of chinchilla lies from 0 to 3")]
    [InlineData("E", -1, "--fix E=-1: E of chinchilla lies at 0 or above")]
    public void What_cannot_be_fixed_is_said(string name, double value, string message)
    {
        var e = Assert.Throws<LinearScalingException>(() =>
            LawAnalysis.Analyze("test", new Chinchilla(), Grid(), starts: 4, draws: 20, @fixed: Given(name, value))
        );
        Assert.Equal(message, e.Message);
    }

    [Fact]
    public void Something_must_be_left_to_fit()
    {
        var e = Assert.Throws<LinearScalingException>(() =>
            LawAnalysis.Analyze(
                "test",
                new PowerLaw(),
                [.. Enumerable.Range(1, 9).Select(i => Observation.OfX(i, i, i))],
                @fixed: new Dictionary<string, double> { ["coefficient"] = 1, ["exponent"] = 1 }
            )
        );
        Assert.Equal("--fix: every coefficient of power_law is fixed, so that nothing is left to fit", e.Message);
    }

    private static Dictionary<string, double> Given(string name, double value) => new() { [name] = value };

    private static List<Observation> Grid() =>
        [
            .. from i in Enumerable.Range(0, 6)
            from j in Enumerable.Range(0, 6)
            let o = Observation.At(Math.Pow(10, 7 + 0.5 * i), Math.Pow(10, 8.5 + 0.5 * j), 1, 6 * i + j)
            select o with
            {
                Y = new Chinchilla().Predict(Surface, o) * (1 + 0.003 * Math.Sin(1e3 * o.LogN + 77 * o.LogD)),
            },
        ];
}
