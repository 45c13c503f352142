using LinearScaling.Laws;
using LinearScaling.Laws.Forms;
using LinearScaling.Laws.Numerics;
using LinearScaling.Laws.Parametric;
using LinearScaling.Laws.Planning;
using LinearScaling.Laws.Points;
using MathNet.Numerics.LinearAlgebra;

namespace LinearScaling.Tests.Laws.Planning;

public class NextExperimentTests
{
    private const double Noise = 0.002;

    private static readonly double[] Truth = [1.69, 406.4, 410.7, .34, .28];

    private static readonly double[] Sizes = [1e7, 3e7, 1e8, 3e8, 1e9];

    private static readonly double[] Tokens = [1e9, 5e9, 2e10, 1e11];

    private static readonly (double N, double D) Target = (1e10, 2e11);

    /// <summary>
    /// Twenty points are drawn and fitted, then one more is drawn with them: the variances of both predictions over
    /// many draws, against what the ranking promises from the covariance of the twenty.
    /// </summary>
    [Theory]
    [InlineData(3e9, 6e10)]
    [InlineData(1e9, 3e11)]
    [InlineData(1e8, 2e9)]
    public void The_promised_narrowing_is_what_drawing_and_fitting_again_gives(double n, double d)
    {
        var form = new Chinchilla();
        var design = Design();
        var promised = NextExperiment.Rank(Fitted(form, design), Target.N, Target.D, [(n, d)]);
        var p = form.ToFitSpace(Truth);
        var target = Observation.At(Target.N, Target.D, 0);
        var (before, after) = (new List<double>(), new List<double>());
        for (var draw = 0; draw < 600; draw++)
        {
            var random = new SeededRandom(7, draw);
            Observation Measured(double size, double tokens) =>
                Observation.At(
                    size,
                    tokens,
                    form.Predict(Truth, Observation.At(size, tokens, 0)) * Math.Exp(Noise * random.Normal())
                );
            List<Observation> points = [.. design.Select(o => Measured(o.N, o.D))];
            double Predicted(IReadOnlyList<Observation> all) =>
                Math.Log(
                    form.Predict(
                        form.FromFitSpace(Minimizer.Near(new FitProblem(form, all, FitLoss.LogSquared), p).P),
                        target
                    )
                );
            before.Add(Predicted(points));
            after.Add(Predicted([.. points, Measured(n, d)]));
        }
        var (now, then) = (Spread(promised.Now), Spread(promised.Ranked[0].After));
        Assert.Equal(1, Spread(before) / now, 0.1);
        Assert.Equal(1, Spread(after) / Spread(before) / (then / now), 0.06);
    }

    [Fact]
    public void The_ranking_is_by_narrowing_for_the_compute_and_every_run_narrows()
    {
        var law = Fitted(new Chinchilla(), Design());
        var runs = NextExperiment.Grid(law.Surface(), 1e20);
        Assert.Equal(15, runs.Count);
        Assert.All(runs, r => Assert.InRange(6 * r.N * r.D, 1e20 / 16 * (1 - 1e-9), 1e20 * (1 + 1e-9)));
        var next = NextExperiment.Rank(law, Target.N, Target.D, runs);
        Assert.Equal(law.Surface().Loss(Target.N, Target.D), next.Loss, 1e-12);
        Assert.Equal(next.Ranked.OrderByDescending(r => r.NarrowingPerFlop), next.Ranked);
        foreach (var run in next.Ranked)
        {
            Assert.True(run.Narrowing > 0);
            Assert.True(run.After.Low > next.Now.Low && run.After.High < next.Now.High);
            Assert.Equal(1, run.Flops / (6 * run.N * run.D), 1e-12);
            Assert.Equal(run.NarrowingPerFlop, run.Narrowing / run.Flops);
        }
        // What is to be predicted tells most of itself; as much as its scatter leaves.
        var itself = NextExperiment.Rank(law, Target.N, Target.D, [Target, .. runs]);
        Assert.Equal(Target, itself.Ranked.MaxBy(r => r.Narrowing) is var best ? (best!.N, best.D) : default);
        var (sharp, own) = (Spread(itself.Now), Noise);
        Assert.Equal(
            Math.Sqrt(1 / (1 / (sharp * sharp) + 1 / (own * own))),
            Spread(itself.Ranked.MaxBy(r => r.Narrowing)!.After),
            1e-9
        );
    }

    /// <summary>Noise with heavy tails and rows that are plainly wrong, as published tables have them.</summary>
    [Fact]
    public void A_fit_of_ugly_points_ranks_by_the_scatter_of_most_of_them()
    {
        var random = new SeededRandom(3);
        var points = Enumerable
            .Range(0, 80)
            .Select(i =>
            {
                var (n, d) = (Math.Exp(16 + 5 * random.Uniform()), Math.Exp(20 + 5 * random.Uniform()));
                var noise = 0.004 * random.Normal() + (i % 16 == 0 ? 0.2 * random.Uniform() : 0);
                return Observation.At(
                    n,
                    d,
                    new Chinchilla().Predict(Truth, Observation.At(n, d, 0)) * Math.Exp(noise),
                    i
                );
            })
            .ToList();
        var law = LawAnalysis
            .Analyze("ugly", new Chinchilla(), points, starts: 40, draws: 200)
            .ToLaw("loss", "N, D", "6nd", new("points", 80, "", []), "", "");
        Assert.True(law.ResidualScatter!.Log);
        Assert.InRange(law.ResidualScatter.Value, 0.003, 0.006);
        var next = NextExperiment.Rank(law, Target.N, Target.D, NextExperiment.Grid(law.Surface(), 1e20));
        Assert.All(next.Ranked, r => Assert.True(r.Narrowing > 0));
        Assert.True(next.Now.Contains(law.Surface().Loss(Target.N, Target.D)));
    }

    [Fact]
    public void Squared_residuals_scatter_by_their_root_mean_square_in_the_metrics_unit()
    {
        var random = new SeededRandom(5);
        List<Observation> points =
        [
            .. Design()
                .Concat(Design())
                .Concat(Design())
                .Select(o => o with { Y = new Chinchilla().Predict(Truth, o) + 0.01 * random.Normal() }),
        ];
        var fit = ParametricFit.Fit(new Chinchilla(), points, FitLoss.Squared, starts: 30);
        var scatter = ResidualScatter.Measure(fit)!;
        Assert.False(scatter.Log);
        Assert.Equal(Math.Sqrt(fit.Objective / (60 - 5)), scatter.Value, 1e-12);
        Assert.InRange(scatter.Value, 0.007, 0.013);
        Assert.Null(ResidualScatter.Measure(ParametricFit.Fit(new Chinchilla(), [.. points.Take(5)], starts: 30)));
        // In that unit the interval is symmetric.
        var law = Fitted(new Chinchilla(), Design()) with
        {
            ResidualScatter = scatter,
        };
        var next = NextExperiment.Rank(law, Target.N, Target.D, [(1e9, 2e10)]);
        Assert.Equal(next.Loss, (next.Now.Low + next.Now.High) / 2, 1e-12);
    }

    [Fact]
    public void What_a_law_lacks_is_named()
    {
        var law = Fitted(new Chinchilla(), Design());
        static string Why(Law law) =>
            Assert.Throws<LinearScalingException>(() => NextExperiment.Rank(law, 1e10, 2e11, [(1e9, 2e10)])).Message;
        Assert.StartsWith(
            "law 'test' has no covariance of its coefficients",
            Why(law with { FitCovariance = [] }),
            StringComparison.Ordinal
        );
        Assert.StartsWith(
            "law 'test' does not say how far its points lie from it (residual_scatter)",
            Why(law with { ResidualScatter = null }),
            StringComparison.Ordinal
        );
        Assert.StartsWith(
            "law 'test': the covariance of its coefficients is not finite",
            Why(law with { FitCovariance = [.. law.FitCovariance.Select(r => r.Select(_ => double.NaN).ToArray())] }),
            StringComparison.Ordinal
        );
        Assert.Equal(
            "law 'kaplan2020' (power_law of C) is no surface L(N, D), which --target-loss, --served, --affordable and "
                + "--candidates plan by; fit one with --law chinchilla",
            Why(PublishedLaws.Named("kaplan2020")[0])
        );
    }

    private static List<Observation> Design() => [.. from n in Sizes from d in Tokens select Observation.At(n, d, 1)];

    /// <summary>The law that least squares of ln L finds on average, with the covariance that theory gives it: s^2
    /// (J^T J)^-1.</summary>
    private static Law Fitted(LawForm form, List<Observation> design)
    {
        var (p, gradient) = (form.ToFitSpace(Truth), new double[Truth.Length]);
        var rows = design.Select(o =>
            form.Value(p, o, gradient) is var loss ? Array.ConvertAll(gradient, g => g / loss) : []
        );
        var jacobian = Matrix<double>.Build.DenseOfRowArrays(rows.ToArray());
        var covariance = jacobian.TransposeThisAndMultiply(jacobian).Inverse() * (Noise * Noise);
        return new()
        {
            Name = "test",
            Form = form.Name,
            Equation = form.Equation,
            Method = "parametric",
            Metric = "loss",
            Variable = "N, D",
            Convention = "6nd",
            Coefficients = form
                .Parameters.Select((q, k) => (q.Name, Value: Truth[k]))
                .ToDictionary(q => q.Name, q => q.Value),
            FitCovariance = covariance.ToRowArrays(),
            ResidualScatter = new(true, Noise),
            Data = new("test", design.Count, "", []),
        };
    }

    /// <summary>The standard deviation of the logarithm behind a 95 % interval.</summary>
    private static double Spread(Interval interval) => Math.Log(interval.High / interval.Low) / (2 * 1.959964);

    private static double Spread(List<double> values)
    {
        var mean = values.Average();
        return Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Count - 1));
    }
}
