using LinearScaling.Laws.Numerics;
using LinearScaling.Laws.Points;

namespace LinearScaling.Laws.Planning;

/// <summary>What one more run would tell about a prediction.</summary>
/// <param name="N">Parameters of the run.</param>
/// <param name="D">Its training tokens.</param>
/// <param name="Flops">What it costs to train.</param>
/// <param name="After">The prediction's 95 % interval to expect once the run is in the fit.</param>
/// <param name="Narrowing">How much narrower that is than today's, in the metric's unit.</param>
/// <param name="NarrowingPerFlop">The same a FLOP.</param>
public sealed record Experiment(
    double N,
    double D,
    double Flops,
    Interval After,
    double Narrowing,
    double NarrowingPerFlop
);

/// <summary>
/// Affordable runs, ranked by how much each narrows a prediction for its compute.
/// </summary>
/// <remarks>
/// The coefficients are taken as normal around the fit with its covariance S, in fit space, and the metric (its
/// logarithm, where the fit took that) as straight around them. A run at x has the gradient g of its prediction and the
/// residual scatter s; it lowers the variance of the prediction at t, with gradient h, by (h' S g)^2 / (s^2 + g' S g):
/// the expected gain of a Bayesian linear design (Chaloner and Verdinelli, Statistical Science 10, 1995).
/// </remarks>
/// <param name="N">Parameters of the model to be predicted.</param>
/// <param name="D">Its training tokens.</param>
/// <param name="Loss">The prediction.</param>
/// <param name="Now">Its 95 % interval by the fit's covariance.</param>
/// <param name="Ranked">The runs, the one that narrows most a FLOP first.</param>
public sealed record NextExperiment(double N, double D, double Loss, Interval Now, IReadOnlyList<Experiment> Ranked)
{
    private static readonly double[] Budgets = [1, 1.0 / 4, 1.0 / 16];

    private static readonly double[] Sizes = [0.25, 0.5, 1, 2, 4];

    /// <summary>Runs ranked for the prediction of the loss of N parameters on D tokens.</summary>
    /// <param name="runs">N and D of each.</param>
    /// <exception cref="LinearScalingException">The law is no surface, or lacks covariance or scatter.</exception>
    public static NextExperiment Rank(Law law, double n, double d, IEnumerable<(double N, double D)> runs)
    {
        var surface = law.Surface();
        var form = surface.Form;
        var covariance = law.FitCovariance;
        if (covariance.Count != form.Parameters.Count)
            throw LawMistakes.NoCovariance(law.Name);
        if (covariance.Any(row => !Array.TrueForAll(row, double.IsFinite)))
            throw LawMistakes.EndlessCovariance(law.Name);
        var scatter = law.ResidualScatter ?? throw LawMistakes.NoScatter(law.Name);
        var p = form.ToFitSpace(surface.Coefficients);

        (double Loss, double[] Gradient) At(double size, double tokens)
        {
            var gradient = new double[p.Length];
            var loss = form.Value(p, Observation.At(size, tokens, 0), gradient);
            return (loss, scatter.Log ? Array.ConvertAll(gradient, g => g / loss) : gradient);
        }
        double Between(double[] a, double[] b) => a.Select((v, i) => v * Dot(covariance[i], b)).Sum();
        Interval Interval(double loss, double variance)
        {
            var spread = Numerics.Interval.Normal95 * Math.Sqrt(Math.Max(0, variance));
            return scatter.Log
                ? new(loss * Math.Exp(-spread), loss * Math.Exp(spread))
                : new(loss - spread, loss + spread);
        }

        var (target, towards) = At(n, d);
        var variance = Between(towards, towards);
        var now = Interval(target, variance);
        Experiment Run(double size, double tokens)
        {
            var (_, gradient) = At(size, tokens);
            var (shared, own) = (Between(towards, gradient), Between(gradient, gradient));
            var measured = own + scatter.Value * scatter.Value;
            var after = Interval(target, measured > 0 ? variance - shared * shared / measured : variance);
            var flops = law.Rule.Flops(size, tokens);
            var narrowing = now.High - now.Low - (after.High - after.Low);
            return new(size, tokens, flops, after, narrowing, narrowing / flops);
        }
        return new(
            n,
            d,
            target,
            now,
            [.. runs.Select(run => Run(run.N, run.D)).OrderByDescending(run => run.NarrowingPerFlop)]
        );
    }

    /// <summary>Runs to choose among where nobody names any: at the affordable compute, a quarter and a sixteenth of
    /// it, sizes from a quarter to four times the optimum.</summary>
    /// <param name="affordable">Training FLOPs of the dearest run.</param>
    public static IReadOnlyList<(double N, double D)> Grid(LawSurface law, double affordable) =>
        [
            .. from share in Budgets
            let flops = share * affordable
            let best = Allocation.Optimize(law.Form, law.Coefficients, flops, law.Rule).N
            from size in Sizes
            select (size * best, law.Rule.Tokens(flops, size * best)),
        ];

    private static double Dot(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();
}
