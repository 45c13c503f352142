using FsCheck.Xunit;
using LinearScaling.Laws.Forms;
using LinearScaling.Laws.Numerics;
using LinearScaling.Laws.Parametric;
using LinearScaling.Laws.Points;

namespace LinearScaling.Tests.Laws;

/// <summary>Whatever the points, a fit is a number within its form's bounds, and no worse than where it
/// began.</summary>
public sealed class BoundedFitTests
{
    /// <summary>E, A, B, alpha, beta.</summary>
    private static readonly double[] Surface = [1.7, 400, 410, .34, .28];

    [Fact]
    public void An_exponent_that_nothing_determines_leaves_the_others_alone()
    {
        // Sizes that differ by 0.1 % at most: alpha is free to leave its bounds with an A of hundreds of digits.
        for (var seed = 0; seed < 20; seed++)
        {
            var random = new SeededRandom(seed);
            List<Observation> points =
            [
                .. from i in Enumerable.Range(0, 40)
                let at = Observation.At(
                    1e8 * (1 + 1e-3 * random.Uniform()),
                    Math.Pow(10, 8 + 3 * random.Uniform()),
                    1,
                    i
                )
                select at with
                {
                    Y = new Chinchilla().Predict(Surface, at) * (1 + 0.003 * random.Normal()),
                },
            ];
            var fit = ParametricFit.Fit(new Chinchilla(), points, starts: 40);
            Assert.InRange(fit.Objective, 0, fit.Problem.Evaluate(fit.Form.ToFitSpace(Surface)));
            Assert.InRange(fit["beta"], 0.2, 0.4); // which the tokens do determine
        }
    }

    [Property(MaxTest = 150)]
    public void A_fit_is_finite_within_bounds_and_no_worse_than_its_starts(int seed)
    {
        var random = new SeededRandom(seed);
        var name = LawForm.Variants.Names.ElementAt(random.Index(LawForm.Variants.Names.Count));
        var form = SampleForms.Named(name);
        var points = Points(form, random);
        var starts = form.OfSchedule ? 4 : 12; // each solves for its constants, and takes longer
        var fit = ParametricFit.Fit(form, points, starts: starts);
        Assert.True(double.IsFinite(fit.Objective), name);
        for (var k = 0; k < fit.Coefficients.Length; k++)
        {
            Assert.True(double.IsFinite(fit.Coefficients[k]), $"{name}: {form.Parameters[k].Name}");
            Assert.InRange(fit.P[k], fit.Problem.Bounds[k].Low, fit.Problem.Bounds[k].High);
        }
        var (own, summary) = (new SeededRandom(0), DataSummary.Summarize(points));
        for (var i = 0; i < starts; i++)
        {
            var start = form.Start([.. form.Parameters.Select(_ => own.Uniform())], summary);
            Assert.InRange(
                fit.Objective,
                0,
                fit.Problem.Evaluate([.. start.Zip(fit.Problem.Bounds, (p, b) => Math.Clamp(p, b.Low, b.High))])
            );
        }
    }

    /// <summary>Points as users have them and as they should not: few, noisy, flat, rising, nearly one point, with an
    /// outlier.</summary>
    private static List<Observation> Points(LawForm form, SeededRandom random)
    {
        var count = form.Parameters.Count + random.Index(20);
        var kind = random.Index(6);
        double Between(double low, double high) => low + (high - low) * random.Uniform();
        var sizes = Enumerable.Range(0, 1 + random.Index(6)).Select(_ => Math.Pow(10, Between(5, 10))).ToList();
        return
        [
            .. Enumerable
                .Range(0, count)
                .Select(i =>
                {
                    var at =
                        kind == 4
                            ? Observation.At(
                                1e8 * (1 + 1e-3 * random.Uniform()),
                                1e9 * (1 + 1e-3 * random.Uniform()),
                                1,
                                i
                            )
                            : Observation.At(sizes[random.Index(sizes.Count)], Math.Pow(10, Between(6, 11)), 1, i);
                    var y = kind switch
                    {
                        1 => Between(1, 5),
                        2 => 3,
                        3 => 0.1 * Math.Log(at.C),
                        5 when i == 0 => 300,
                        _ => new Chinchilla().Predict(Surface, at) * (1 + 0.003 * Between(-1, 1)),
                    };
                    return SampleForms.WithColumns(form, at with { Y = y }, i);
                }),
        ];
    }
}
