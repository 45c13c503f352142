using LinearScaling.Laws;
using LinearScaling.Laws.Forms;
using LinearScaling.Laws.Links;
using LinearScaling.Laws.Numerics;
using LinearScaling.Laws.Parametric;
using LinearScaling.Laws.Points;

namespace LinearScaling.Tests.Laws.Links;

/// <summary>From loss to tasks in two steps.</summary>
public sealed class TwoStepTests
{
    private static readonly double[] Surface = [1.69, 406.4, 410.7, .34, .28];

    /// <summary>From 0.9 at a low loss to 0.25 at a high one.</summary>
    private static readonly double[] Link = [0.25, 0.9, 2.6, -4];

    private static readonly Observation Target = Observation.At(3e9, 6e10, 0);

    [Fact]
    public void The_joint_interval_is_as_wide_as_predictions_scatter_when_the_study_is_done_again()
    {
        // One study's interval is itself a matter of chance: the mean of six.
        var width = Enumerable
            .Range(0, 6)
            .Average(seed =>
            {
                var (loss, metric) = Study(seed);
                var twoStep = Analyze(loss, metric, 150);
                var interval = twoStep.Predict(twoStep.Links[0], Target.N, Target.D).Interval!;
                return (interval.High - interval.Low) / (2 * 1.959964);
            });
        // Directly: the same study 200 times over.
        List<double> predictions = [];
        List<double> linkAlone = [];
        for (var seed = 100; seed < 300; seed++)
        {
            var (rows, linked) = Study(seed);
            var surface = Near(new Chinchilla(), rows, FitLoss.LogHuber, Surface);
            var link = Near(new Sigmoid(), linked, FitLoss.Squared, Link);
            predictions.Add(new Sigmoid().Predict(link, Observation.OfX(new Chinchilla().Predict(surface, Target), 0)));
            linkAlone.Add(new Sigmoid().Predict(link, Observation.OfX(new Chinchilla().Predict(Surface, Target), 0)));
        }
        Assert.InRange(width / Deviation(predictions), 0.8, 1.25);
        Assert.True(Deviation(linkAlone) < 0.8 * Deviation(predictions)); // both steps count
    }

    [Fact]
    public void A_run_measured_four_times_over_counts_once()
    {
        var (loss, metric) = Study(0);
        var once = Analyze(loss, metric, 200);
        var often = Analyze([.. loss, .. loss, .. loss, .. loss], [.. metric, .. metric, .. metric, .. metric], 200);
        var (a, b) = (
            once.Predict(once.Links[0], Target.N, Target.D),
            often.Predict(often.Links[0], Target.N, Target.D)
        );
        Assert.Equal(a.Value, b.Value, 1e-6);
        Assert.Equal(a.Interval!.Low, b.Interval!.Low, 1e-4);
        Assert.Equal(a.Interval.High, b.Interval.High, 1e-4);
    }

    [Fact]
    public void Without_noise_both_steps_return_their_own_parameters_and_predict_what_was_held_out()
    {
        var (loss, metric) = Study(0, noise: 0);
        var link = Analyze(loss, metric, 20).Links[0];
        for (var k = 0; k < Link.Length; k++)
            Assert.Equal(Link[k], link.Fit.Coefficients[k], 1e-4);
        Assert.InRange(link.HeldOut!.Metric.MeanSize, 0, 1e-5);
        Assert.InRange(link.HeldOut.Loss.MeanSize, 0, 1e-5);
        Assert.True(link.HeldOut.Reach > 1);
    }

    [Fact]
    public void A_budget_is_spent_at_the_least_loss()
    {
        var (loss, metric) = Study(0, noise: 0);
        var twoStep = Analyze(loss, metric, 20);
        // Hoffmann's constants at 1e20 FLOPs: the loss is 2.5998497.
        Assert.Equal(
            new Sigmoid().Predict(Link, Observation.OfX(2.5998497469, 0)),
            twoStep.Optimal(twoStep.Links[0], 1e20).Value,
            1e-5
        );
    }

    [Fact]
    public void Saved_with_the_law_of_the_loss_it_predicts_the_same()
    {
        var (loss, metric) = Study(0);
        var twoStep = Analyze(loss, metric, 400);
        var path = Path.Combine(Path.GetTempPath(), $"law-{Guid.NewGuid():N}.json");
        try
        {
            twoStep
                .ToLaw(twoStep.Surface.ToLaw("val_loss", "N, D", "6nd", new("test", 40, "", []), "0", "lcs"))
                .Save(path);
            var law = Law.Load(path);
            var link = Assert.Single(law.Links);
            Assert.Equal(("acc", "sigmoid", 200), (link.Metric, link.Form, link.Draws.Count));
            var (value, interval) = link.Predict(law, Target.N, Target.D);
            var direct = twoStep.Predict(twoStep.Links[0], Target.N, Target.D);
            Assert.Equal(direct.Value, value, 1e-12);
            // 200 of the 400 draws: the ends agree within a third of the width.
            var width = direct.Interval!.High - direct.Interval.Low;
            Assert.InRange((interval!.Low - direct.Interval.Low) / width, -0.33, 0.33);
            Assert.InRange((interval.High - direct.Interval.High) / width, -0.33, 0.33);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Gadres_two_steps_are_reproduced_and_predict_what_they_held_out()
    {
        var small = Rows("cc_mult=1.0", "N<1e9").Concat(Rows("cc_mult=16.0", "N<5e7")).ToList();
        var surface = LawAnalysis.Analyze(
            "rpj",
            new Gadre(),
            small.ConvertAll(o => o with { Y = o.X }),
            starts: 60,
            draws: 40
        );
        var twoStep = TwoStep.Analyze(
            surface,
            new GadreError(),
            [new("err_avg_subset", [.. small, .. Rows("model_name=open_lm_1b", "cc_mult=1.0")])],
            starts: 60,
            draws: 40
        );
        foreach (
            var (name, mult, loss, error) in new[]
            {
                ("open_lm_1b", "32.0", .7103, 3.6365),
                ("open_lm_7b", "1.0", .7320, .0464),
            }
        )
        {
            var large = Rows($"model_name={name}", $"cc_mult={mult}").Single();
            Assert.Equal(loss, 100 * Math.Abs(surface.Fit.Predict(large) / large.X - 1), 1e-4);
            var predicted = twoStep.Predict(twoStep.Links[0], large.N, large.D).Value;
            Assert.Equal(error, 100 * Math.Abs(predicted / large.Y - 1), 1e-4);
        }
    }

    [Theory]
    [InlineData("chinchilla", 9, "chinchilla is a law of N, D; a link is a form of one variable, as sigmoid")]
    [InlineData(
        "sigmoid",
        1,
        "sigmoid has 4 parameters: 1 row with both the loss and the metric cannot determine them"
    )]
    public void What_is_no_link_says_why(string form, int rows, string why)
    {
        var (loss, metric) = Study(0);
        var surface = LawAnalysis.Analyze("table", new Chinchilla(), loss, null, 4, 0);
        Assert.Equal(
            $"table: acc: {why}",
            Assert
                .Throws<LinearScalingException>(() =>
                    TwoStep.Analyze(surface, LawForm.Named(form), [new("acc", metric[..rows])], 4, 0)
                )
                .Message
        );
    }

    private static TwoStep Analyze(List<Observation> loss, List<Observation> metric, int draws) =>
        TwoStep.Analyze(
            LawAnalysis.Analyze("table", new Chinchilla(), loss, null, starts: 20, draws: 20),
            new Sigmoid(),
            [new("acc", metric)],
            starts: 20,
            draws: draws
        );

    /// <summary>Forty runs scattered over N and D: a loss with 1 % of noise, a metric that follows it with noise of its
    /// own. The metric was measured at three of four of them.</summary>
    private static (List<Observation> Loss, List<Observation> Metric) Study(int seed, double noise = 0.01)
    {
        var (design, random) = (new SeededRandom(99), new SeededRandom(seed, 3));
        List<Observation> loss =
        [
            .. Enumerable
                .Range(0, 40)
                .Select(i =>
                    Observation.At(
                        Math.Pow(10, 7 + 2.5 * design.Uniform()),
                        Math.Pow(10, 9 + 2.5 * design.Uniform()),
                        1,
                        i
                    )
                )
                .Select(o => o with { Y = new Chinchilla().Predict(Surface, o) * Math.Exp(noise * random.Normal()) }),
        ];
        List<Observation> metric =
        [
            .. loss.Where((_, i) => i % 4 != 3)
                .Select(o =>
                    o with
                    {
                        X = o.Y,
                        U = o.Y,
                        Y = new Sigmoid().Predict(Link, Observation.OfX(o.Y, 0)) + noise * random.Normal(),
                    }
                ),
        ];
        return (loss, metric);
    }

    private static double[] Near(LawForm form, List<Observation> points, FitLoss loss, double[] truth) =>
        form.FromFitSpace(Minimizer.Near(new FitProblem(form, points, loss), form.ToFitSpace(truth)).P);

    private static double Deviation(List<double> values) =>
        values.Average() is var mean ? Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Count - 1)) : 0;

    /// <summary>N, D, the loss as X and the error as Y.</summary>
    private static IReadOnlyList<Observation> Rows(params string[] where) =>
        PublishedData.Gadre("N=N,D=D,X=loss_c4_val,L=err_avg_subset", ["dataset_name=rpj", .. where]);
}
