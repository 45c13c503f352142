using LinearScaling.Laws.Forms;
using LinearScaling.Laws.Numerics;
using LinearScaling.Laws.Parametric;
using LinearScaling.Laws.Points;

namespace LinearScaling.Tests.Laws;

/// <summary>What every form of the table owes, whichever it is.</summary>
public class LawFormTests
{
    private static readonly Dictionary<string, double[]> Truths = new()
    {
        ["power_law"] = [30, -0.08],
        ["power_law_offset"] = [1.7, 300, 0.15],
        ["chinchilla"] = [1.69, 406.4, 410.7, 0.34, 0.28],
        ["chinchilla_gamma"] = [1.5, 900, 1500, 0.5, 0.45, 0.7],
        ["kaplan"] = [8.8e13, 5.4e13, 0.076, 0.095],
        ["gadre"] = [166, 367, -0.27, 1.8],
        ["gadre_error"] = [2.2, 0.71, 0.86],
        ["sigmoid"] = [0.25, 0.9, 46, 0.6],
        ["exponential"] = [0.9, -20, 0.08],
        ["rational_power"] = [12, 250, 1e18, 0.4],
        ["loss_to_loss"] = [0.63, 1.6, 1.9, 0.85],
        ["data_constrained"] = [1.87, 521, 1488, 0.36, 0.34, 15.4, 5.3],
        ["additive"] = [1.5, 6, 0.3, 1, 0.4, 8e4, 0.5],
        ["power_law_columns"] = [1.79, -0.713, 0.307, 0.02],
        ["multi_power"] = [2.65, 0.6, 0.45, 438, 2.13, 0.6, 0.655],
        ["annealing"] = [2.6, 0.4, 0.5, 0.4],
    };

    public static TheoryData<string> Names => [.. LawForm.Variants.Names];

    public static TheoryData<string> Curved =>
        [.. LawForm.Variants.Names.Where(n => SampleForms.Named(n).KnowsCurvature)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Exact_data_return_their_own_parameters(string name)
    {
        var form = SampleForms.Named(name);
        var fit = ParametricFit.Fit(form, Exact(form), form.DefaultLoss, starts: 60);
        for (var k = 0; k < Truths[name].Length; k++)
            Assert.Equal(1, fit.Coefficients[k] / Truths[name][k], 1e-6);
        Assert.True(fit.Certificate.PromisedDecrease < 1 && fit.RSquared > 1 - 1e-12);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_analytic_gradient_is_that_of_the_value(string name)
    {
        var form = SampleForms.Named(name);
        var p = form.ToFitSpace(Truths[name]);
        var (gradient, ignored) = (new double[p.Length], new double[p.Length]);
        foreach (var o in Exact(form))
        {
            form.Value(p, o, gradient);
            for (var k = 0; k < p.Length; k++)
            {
                var h = 1e-6 * Math.Max(1e-2, Math.Abs(p[k]));
                double At(double step)
                {
                    var moved = (double[])p.Clone();
                    moved[k] += step;
                    return form.Value(moved, o, ignored);
                }
                var numeric = (At(h) - At(-h)) / (2 * h);
                Assert.Equal(numeric, gradient[k], 1e-5 * (Math.Abs(numeric) + Math.Abs(o.Y)));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Curved))]
    public void Known_second_derivatives_are_differences_of_the_gradient(string name)
    {
        var form = SampleForms.Named(name);
        List<Observation> points = [.. Exact(form).Select((o, i) => o with { Y = o.Y * (1 + 0.02 * (i % 3)) })];
        foreach (var loss in new[] { new FitLoss(true, 0.01), FitLoss.LogSquared, FitLoss.Squared })
        {
            var problem = new FitProblem(form, points, loss);
            var p = form.ToFitSpace(Truths[name]);
            var (gradient, up, down) = (new double[p.Length], new double[p.Length], new double[p.Length]);
            var (_, hessian) = problem.Curvature(p, gradient);
            problem.Evaluate(p, up);
            Assert.Equal(up, gradient);
            for (var k = 0; k < p.Length; k++)
            {
                const double h = 1e-6;
                double[] Moved(double step) => [.. p.Select((v, i) => i == k ? v + step : v)];
                problem.Evaluate(Moved(h), up);
                problem.Evaluate(Moved(-h), down);
                for (var j = 0; j < p.Length; j++)
                {
                    var scale = Math.Sqrt(Math.Abs(hessian![j, j] * hessian[k, k]));
                    Assert.Equal((up[j] - down[j]) / (2 * h), hessian[j, k], 1e-4 * scale);
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_start_is_within_the_bounds_and_predicts_numbers(string name)
    {
        var form = SampleForms.Named(name);
        var points = Exact(form);
        var summary = DataSummary.Summarize(points);
        var random = new SeededRandom(1);
        for (var i = 0; i < 200; i++)
        {
            var coefficients = form.FromFitSpace(
                form.Start([.. form.Parameters.Select(_ => random.Uniform())], summary)
            );
            Assert.All(form.Parameters.Zip(coefficients), q => Assert.InRange(q.Second, q.First.Low, q.First.High));
            Assert.All(points, o => Assert.True(double.IsFinite(form.Predict(coefficients, o))));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void What_is_called_an_exponent_gets_the_profile_of_one(string name) =>
        Assert.All(
            SampleForms
                .Named(name)
                .Parameters.Where(q => q.Meaning.Contains("exponent", StringComparison.OrdinalIgnoreCase)),
            q => Assert.True(q.Exponent, q.Name)
        );

    [Fact]
    public void An_unknown_form_is_answered_with_the_nearest()
    {
        var e = Assert.Throws<LinearScalingException>(() => LawForm.Named("chinchila"));
        Assert.StartsWith("unknown law form 'chinchila'; did you mean chinchilla", e.Message, StringComparison.Ordinal);
    }

    private static List<Observation> Exact(LawForm form)
    {
        var points =
            form.OfNAndD || form.Columns.Count > 0
                ?
                [
                    .. Enumerable
                        .Range(0, 48)
                        .Select(i => Observation.At(Math.Pow(10, 6 + i % 8 * 0.5), Math.Pow(10, 8 + i / 8 * 0.6), 0)),
                ]
            : form.OfMetric ? [.. Enumerable.Range(0, 30).Select(i => Observation.OfX(1.95 + 0.1 * i, 0))]
            : Enumerable.Range(0, 40).Select(i => Observation.OfCompute(Math.Pow(10, 15 + 0.25 * i), 0)).ToList();
        points = [.. points.Select((o, i) => SampleForms.WithColumns(form, o, i))];
        return points.ConvertAll(o => o with { Y = form.Predict(Truths[form.Name], o) });
    }
}
