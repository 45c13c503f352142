using LinearScaling.Laws.Comparing;
using LinearScaling.Laws.Forms;
using LinearScaling.Laws.Parametric;
using LinearScaling.Laws.Points;

namespace LinearScaling.Tests.Laws.Comparing;

/// <summary>Fitted up to a budget, predicting the next.</summary>
public class RollingHoldOutTests
{
    private static readonly double[] Surface = [1.69, 406.4, 410.7, .34, .28];

    [Fact]
    public void A_true_form_without_noise_errs_nowhere_and_a_wrong_one_everywhere()
    {
        var rolling = Roll([new Chinchilla(), new Kaplan()], Budgets(6), FitLoss.LogHuber)!;
        Assert.Equal("budget", rolling.By);
        Assert.Equal([1e18, 1e19, 1e20, 1e21, 1e22], rolling.Steps.Select(s => s.UpTo));
        Assert.Equal([1e19, 1e20, 1e21, 1e22, 1e23], rolling.Steps.Select(s => s.Next));
        Assert.Equal([7, 14, 21, 28, 35], rolling.Steps.Select(s => s.Fitted));
        Assert.All(rolling.Steps, s => Assert.InRange(s.Errors[0]!.MeanSize, 0, 1e-6));
        Assert.All(rolling.Steps, s => Assert.True(s.Errors[1]!.MeanSize > 1e-3));
    }

    [Fact]
    public void A_power_law_misses_a_curve_with_a_floor_by_more_and_more()
    {
        List<Observation> points =
        [
            .. Enumerable
                .Range(0, 50)
                .Select(i => Math.Pow(10, 17 + 0.1 * i))
                .Select(c => Observation.OfCompute(c, 1.7 + 3e3 * Math.Pow(c, -0.2))),
        ];
        var rolling = Roll([new PowerLaw(), new PowerLawOffset()], points, FitLoss.LogSquared)!;
        Assert.Equal("C", rolling.By);
        Assert.Equal(9, rolling.Steps.Count); // ten half-decades of five points
        var errors = rolling.Steps.Select(s => s.Errors[0]!).ToList();
        Assert.All(errors, e => Assert.True(e.Relative && e.Mean < 0 && e.Points == 5));
        Assert.Equal(errors.Select(e => e.MeanSize).Order(), errors.Select(e => e.MeanSize));
        Assert.All(rolling.Steps, s => Assert.InRange(Math.Abs(s.Errors[1]!.Worst), 0, 1e-6));
    }

    [Fact]
    public void Where_compute_hardly_differs_sizes_are_the_steps()
    {
        List<Observation> points =
        [
            .. from size in Enumerable.Range(0, 7)
            from k in Enumerable.Range(0, 5)
            let n = 1e8 * Math.Pow(2, size)
            let d = 6.4e10 / Math.Pow(2, size) * (1 + 0.2 * k)
            let at = Observation.At(n, d, 0)
            select at with
            {
                Y = new Chinchilla().Predict(Surface, at),
            },
        ];
        var rolling = Roll([new Chinchilla()], points, FitLoss.LogHuber)!;
        Assert.Equal("N", rolling.By);
        Assert.Equal([4e8, 8e8, 1.6e9, 3.2e9], rolling.Steps.Select(s => s.UpTo)); // from three sizes on
    }

    [Fact]
    public void Fewer_than_three_steps_are_none()
    {
        Assert.NotNull(Roll([new Chinchilla()], Budgets(4), FitLoss.LogHuber));
        Assert.Null(
            Roll(
                [new Chinchilla()],
                [.. Budgets(3).Select(o => o with { N = o.N * (1 + 1e-3 * Math.Log10(o.C)) })],
                FitLoss.LogHuber
            )
        );
    }

    [Fact]
    public void Metrics_that_are_zero_somewhere_are_missed_by_differences()
    {
        var errors = PredictionErrors.Measure([(0.1, 0.0), (0.5, 0.8)])!;
        Assert.False(errors.Relative);
        Assert.Equal(-0.1, errors.Mean, 1e-12);
        Assert.Equal(0.2, errors.MeanSize, 1e-12);
        Assert.Equal(-0.3, errors.Worst, 1e-12);
        Assert.Null(PredictionErrors.Measure([]));
    }

    private static RollingHoldOut? Roll(LawForm[] forms, List<Observation> points, FitLoss loss) =>
        RollingHoldOut.Measure([.. forms.Select(f => ParametricFit.Fit(f, points, loss, starts: 20))]);

    /// <summary>Seven sizes a budget, budgets a decade apart.</summary>
    private static List<Observation> Budgets(int count) =>
        [
            .. from budget in Enumerable.Range(0, count)
            from size in Enumerable.Range(-3, 7)
            let c = Math.Pow(10, 18 + budget)
            let n = Math.Round(Math.Sqrt(c / 120) * Math.Pow(2, size))
            let at = Observation.At(n, c / (6 * n), 0)
            select at with
            {
                Y = new Chinchilla().Predict(Surface, at),
                Budget = double.Parse($"1e{18 + budget}", System.Globalization.CultureInfo.InvariantCulture),
            },
        ];
}
