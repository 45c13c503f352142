using LinearScaling.Laws;
using LinearScaling.Laws.Comparing;
using LinearScaling.Laws.Forms;
using LinearScaling.Laws.Numerics;
using LinearScaling.Laws.Parametric;
using LinearScaling.Laws.Points;

namespace LinearScaling.Tests.Laws.Comparing;

/// <summary>Which of several forms the rows speak for.</summary>
public class FormComparisonTests
{
    /// <summary>E, A, B, alpha, beta; with alpha = beta it is Gadre's form too.</summary>
    private static readonly double[] OneExponent = [1.8, 160, 225, .27, .27];

    [Theory]
    [InlineData(null)]
    [InlineData(1e-3)] // normal residuals under a loss that takes them for Laplace's
    [InlineData(4e-3)]
    public void A_true_special_case_is_rejected_as_often_as_the_level_says(double? delta)
    {
        var (rejected, halves) = (0, 0);
        const int draws = 300;
        for (var seed = 0; seed < draws; seed++)
        {
            var points = Noisy(OneExponent, 0.003, seed);
            // Both fitted from the truth, in a step or two.
            var p = NestedTest
                .All([
                    Near(new Gadre(), points, new(true, delta), [160, 225 * Math.Pow(6, .135), -.27, 1.8]),
                    Near(new Chinchilla(), points, new(true, delta), OneExponent),
                ])
                .Single()
                .PValue;
            rejected += p < 0.05 ? 1 : 0;
            halves += p < 0.5 ? 1 : 0;
        }
        // 0.05 and 0.5, give or take three standard errors; 60 rows for 5 parameters add a tenth to the ratio.
        Assert.InRange(rejected / (double)draws, 0.02, 0.10);
        Assert.InRange(halves / (double)draws, 0.42, 0.62);
    }

    [Fact]
    public void A_special_case_that_is_false_is_rejected()
    {
        var test = Test(Noisy([1.69, 406.4, 410.7, .34, .28], 0.003, 1), "gadre", "chinchilla");
        Assert.Equal((1, 0), (test.Constraints, test.AtBound));
        Assert.True(test.PValue < 1e-6);
    }

    [Fact]
    public void At_a_bound_half_of_the_ratios_are_zero()
    {
        // L = 30 C^-0.08 has E = 0, where E ends: noise can only lift it.
        var (rejected, nothing) = (0, 0);
        const int draws = 150;
        for (var seed = 0; seed < draws; seed++)
        {
            var random = new SeededRandom(seed, 7);
            List<Observation> points =
            [
                .. Enumerable
                    .Range(0, 40)
                    .Select(i => Math.Pow(10, 17 + 0.1 * i))
                    .Select(
                        (c, i) =>
                            Observation.OfCompute(c, 30 * Math.Pow(c, -0.08) * Math.Exp(0.01 * random.Normal()), i)
                    ),
            ];
            var test = Test(points, "power_law", "power_law_offset");
            Assert.Equal((1, 1), (test.Constraints, test.AtBound));
            rejected += test.PValue < 0.05 ? 1 : 0;
            nothing += test.Ratio < 1e-3 ? 1 : 0;
        }
        Assert.InRange(rejected / (double)draws, 0.01, 0.11);
        Assert.InRange(nothing / (double)draws, 0.36, 0.64);
    }

    [Fact]
    public void The_true_form_has_the_least_criteria_and_the_least_error()
    {
        var points = Noisy([1.69, 406.4, 410.7, .34, .28], 0.002, 3);
        LawForm[] forms = [new Chinchilla(), new Kaplan(), new Gadre()];
        var comparison = FormComparison.Compare([
            .. forms.Select(f => LawAnalysis.Analyze("table", f, points, FitLoss.LogHuber, 20, 0)),
        ]);
        Assert.Equal(points.Count, comparison.Points);
        Assert.Equal("chinchilla", comparison.Scores.MinBy(s => s.Criteria.Aic)!.Form.Name);
        Assert.Equal("chinchilla", comparison.Scores.MinBy(s => s.Criteria.Bic)!.Form.Name);
        Assert.InRange(Math.Abs(comparison.Scores[0].HeldOut!.MeanError), 0, 0.005);
        Assert.True(Math.Abs(comparison.Scores[1].HeldOut!.MeanError) > 0.01);
        Assert.Equal(["gadre in chinchilla"], comparison.Nested.Select(t => $"{t.Form} in {t.Within}"));
    }

    [Fact]
    public void A_run_measured_four_times_over_counts_once()
    {
        var points = Noisy([1.69, 406.4, 410.7, .30, .28], 0.003, 5);
        FormComparison Compared(IReadOnlyList<Observation> rows) =>
            FormComparison.Compare([
                .. new LawForm[] { new Chinchilla(), new Gadre() }.Select(f =>
                    LawAnalysis.Analyze("table", f, rows, FitLoss.LogHuber, 12, 0)
                ),
            ]);
        var (once, often) = (Compared(points), Compared([.. points, .. points, .. points, .. points]));
        Assert.Equal(60, often.Rows, 1e-3);
        var ratio = once.Nested[0].Ratio!.Value;
        Assert.Equal(ratio, often.Nested[0].Ratio!.Value, 1e-3 * ratio);
        Assert.Equal(once.Nested[0].PValue!.Value, often.Nested[0].PValue!.Value, 1e-3);
        for (var k = 0; k < 2; k++)
            Assert.Equal(once.Scores[k].Criteria.Bic, often.Scores[k].Criteria.Bic, 1e-3);
    }

    [Fact]
    public void A_curve_over_a_loss_holds_out_the_largest_compute_not_the_largest_losses()
    {
        List<Observation> points =
        [
            .. Enumerable
                .Range(0, 30)
                .Select(i => Math.Pow(10, 18 + 0.1 * i))
                .Select(c => (C: c, Loss: 1.7 + 3e3 * Math.Pow(c, -0.2)))
                .Select(
                    (o, i) =>
                        Observation.OfX(
                            o.Loss,
                            new Sigmoid().Predict([0.25, 0.9, 2.2, -4], Observation.OfX(o.Loss, 0)),
                            i
                        ) with
                        {
                            C = o.C,
                        }
                ),
        ];
        var held = Extrapolation.Measure(ParametricFit.Fit(new Sigmoid(), points, starts: 20))!;
        Assert.Equal(points.Max(o => o.C) / Math.Sqrt(10), held.FromFlops, 1e10);
        Assert.Equal(6, held.HeldOut);
    }

    [Fact]
    public void Forms_fitted_to_different_rows_are_not_compared()
    {
        var points = Noisy(OneExponent, 0.003, 0);
        LawAnalysis Analyze(LawForm form, IReadOnlyList<Observation> rows) =>
            LawAnalysis.Analyze("table", form, rows, FitLoss.LogHuber, 8, 0);
        Assert.Equal(
            "chinchilla and gadre: forms are compared on the same rows under the same loss",
            Assert
                .Throws<LinearScalingException>(() =>
                    FormComparison.Compare([Analyze(new Chinchilla(), points), Analyze(new Gadre(), points[1..])])
                )
                .Message
        );
    }

    [Fact]
    public void Every_special_case_is_one()
    {
        // Coefficients of the small form that give the larger one's values exactly, or in the limit.
        (string Form, double[] Coefficients, string Within, double[] Same)[] pairs =
        [
            ("chinchilla", [1.69, 406.4, 410.7, .34, .28], "chinchilla_gamma", [1.69, 406.4, 410.7, .34, .28, 1]),
            ("gadre", [166, 367, -.27, 1.8], "chinchilla", [1.8, 166, 367 * Math.Pow(6, -.135), .27, .27]),
            (
                "kaplan",
                [8.8e13, 5.4e13, .076, .095],
                "chinchilla_gamma",
                [1e-12, Math.Pow(8.8e13, .076 / .095), 5.4e13, .076 / .095, 1, .095]
            ),
            ("power_law", [30, -.08], "power_law_offset", [1e-12, 30, .08]),
        ];
        Assert.Equal(
            pairs.Select(p => (p.Form, p.Within)).Order(),
            LawForm
                .Variants.Names.Select(LawForm.Named)
                .Where(f => pairs.Any(p => p.Form == f.Name))
                .Select(f => (f.Name, f.NestedIn!.Form))
                .Order()
        );
        foreach (var (form, coefficients, within, same) in pairs)
        foreach (var (n, d) in new[] { (1e7, 1e9), (3e8, 2e9), (1e9, 1e11) })
            Assert.Equal(
                LawForm.Named(form).Predict(coefficients, Observation.At(n, d, 0)),
                LawForm.Named(within).Predict(same, Observation.At(n, d, 0)),
                1e-9
            );
    }

    private static NestedTest Test(List<Observation> points, string small, string large)
    {
        string[] forms = [small, large];
        return NestedTest
            .All([.. forms.Select(f => ParametricFit.Fit(LawForm.Named(f), points, FitLoss.LogSquared, starts: 4))])
            .Single();
    }

    private static ParametricFit Near(LawForm form, List<Observation> points, FitLoss loss, double[] truth)
    {
        var problem = new FitProblem(form, points, loss);
        var end = Minimizer.Near(problem, form.ToFitSpace(truth));
        return new(problem, form.FromFitSpace(end.P), end.P, end.Objective, 0, new(1, 1, 1, 1, 0, 0, 0, 0, [], null));
    }

    /// <summary>Sixty models scattered over three decades of N and of D, with normal noise on ln L.</summary>
    private static List<Observation> Noisy(double[] surface, double noise, int seed)
    {
        var random = new SeededRandom(seed, 1);
        return
        [
            .. Enumerable
                .Range(0, 60)
                .Select(i =>
                    Observation.At(
                        Math.Pow(10, 6.5 + 3 * random.Uniform()),
                        Math.Pow(10, 8.5 + 3 * random.Uniform()),
                        1,
                        i
                    )
                )
                .Select(o => o with { Y = new Chinchilla().Predict(surface, o) * Math.Exp(noise * random.Normal()) }),
        ];
    }
}
