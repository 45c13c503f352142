using LinearScaling.Laws.Numerics;
using LinearScaling.Laws.Parametric;
using LinearScaling.Laws.Points;

namespace LinearScaling.Laws.Observational;

/// <summary>A metric as a sigmoid of a linear combination of a few numbers of a model, by least squares.</summary>
/// <param name="Floor">What models far below score: fitted, or the chance level that was given.</param>
/// <param name="Intercept">Of the combination.</param>
/// <param name="Weights">Of the combination, one a number.</param>
/// <param name="Fit">Where they come from, with the certificate.</param>
public sealed record TargetFit(double Floor, double Intercept, double[] Weights, ParametricFit Fit)
{
    private const int Starts = 64;

    /// <summary>Parameters of a fit on so many numbers.</summary>
    public static int Parameters(int numbers, double? chance) => numbers + (chance is null ? 2 : 1);

    /// <param name="x">The numbers of each model.</param>
    /// <param name="y">The metric of each.</param>
    /// <param name="chance">The floor where it is known.</param>
    public static TargetFit FitTo(IReadOnlyList<double[]> x, IReadOnlyList<double> y, double? chance)
    {
        var spread = Enumerable.Range(0, x[0].Length).Select(k => Deviation(x.Select(v => v[k]).ToList()));
        var form = new SigmoidOfComponents([.. spread], chance);
        var fit = ParametricFit.Fit(form, Points(x, y, null), FitLoss.Squared, Starts);
        return Named(form, fit.Coefficients, fit);
    }

    /// <summary>The value of the combination: the metric's own measure of capability.</summary>
    public double Combination(IReadOnlyList<double> x) => Intercept + Weights.Zip(x, (w, v) => w * v).Sum();

    public double Predict(IReadOnlyList<double> x) => AtCombination(Combination(x));

    public double AtCombination(double combination) => Floor + (1 - Floor) / (1 + Math.Exp(-combination));

    /// <summary>The same fit to other weights of the same models, from where this one ended.</summary>
    internal TargetFit Redraw(IReadOnlyList<double[]> x, IReadOnlyList<double> y, IReadOnlyList<double> weights)
    {
        var form = (SigmoidOfComponents)Fit.Form;
        var drawn = Minimizer.Near(new FitProblem(form, Points(x, y, weights), FitLoss.Squared), Fit.P);
        return Named(form, form.FromFitSpace(drawn.P), Fit);
    }

    private static TargetFit Named(SigmoidOfComponents form, double[] c, ParametricFit fit) =>
        form.Chance is { } chance ? new(chance, c[0], c[1..], fit) : new(c[0], c[1], c[2..], fit);

    private static List<Observation> Points(
        IReadOnlyList<double[]> x,
        IReadOnlyList<double> y,
        IReadOnlyList<double>? weights
    ) =>
        [
            .. Enumerable
                .Range(0, x.Count)
                .Where(i => weights is null || weights[i] > 0)
                .Select(i => Observation.OfX(double.NaN, y[i], i) with { Others = x[i], Weight = weights?[i] ?? 1 }),
        ];

    private static double Deviation(List<double> values)
    {
        var mean = values.Average();
        return Math.Sqrt(values.Average(v => (v - mean) * (v - mean)));
    }
}
