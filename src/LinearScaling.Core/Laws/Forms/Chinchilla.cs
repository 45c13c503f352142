using System.Runtime.CompilerServices;
using LinearScaling.Laws.Parametric;
using LinearScaling.Laws.Points;

namespace LinearScaling.Laws.Forms;

/// <summary>L = E + A / N^alpha + B / D^beta (Hoffmann et al., arXiv 2203.15556, approach 3).</summary>
public sealed record Chinchilla : LawForm
{
    public override string Equation => "L = E + A / N^alpha + B / D^beta";

    public override IReadOnlyList<FormParameter> Parameters { get; } =
    [
        new("E", "irreducible loss, in the metric's unit", true, 1e-3, double.PositiveInfinity),
        new("A", "loss of one parameter, in the metric's unit", true, 0, double.PositiveInfinity),
        new("B", "loss of one token, in the metric's unit", true, 0, double.PositiveInfinity),
        new("alpha", "exponent of N", false, 0, 3, Exponent: true),
        new("beta", "exponent of D", false, 0, 3, Exponent: true),
    ];

    public override bool OfNAndD => true;

    /// <remarks>gamma = 1.</remarks>
    public override Nesting? NestedIn => new("chinchilla_gamma");

    internal override bool KnowsCurvature => true;

    internal override TwoTerms? Terms(ReadOnlySpan<double> p) => new(p[1], p[3], p[2], p[4]);

    // Optimised when it is first called: most of a fit is over by the time the runtime would see that it pays.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override double Value(ReadOnlySpan<double> p, in Observation o, Span<double> gradient)
    {
        var (e, n, d) = (Math.Exp(p[0]), Math.Exp(p[1] - p[3] * o.LogN), Math.Exp(p[2] - p[4] * o.LogD));
        gradient[0] = e;
        gradient[1] = n;
        gradient[2] = d;
        gradient[3] = -n * o.LogN;
        gradient[4] = -d * o.LogD;
        return e + n + d;
    }

    /// <remarks>Each term is the exponential of a linear function of the parameters.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal override void AddCurvature(in Observation o, ReadOnlySpan<double> gradient, double factor, double[,] sums)
    {
        sums[0, 0] += factor * gradient[0];
        sums[1, 1] += factor * gradient[1];
        sums[2, 2] += factor * gradient[2];
        sums[3, 1] += factor * gradient[3];
        sums[4, 2] += factor * gradient[4];
        sums[3, 3] -= factor * gradient[3] * o.LogN;
        sums[4, 4] -= factor * gradient[4] * o.LogD;
    }

    public override (double[] Coefficients, double ResidualSquares)? LeastSquares(
        IReadOnlyList<Observation> points,
        bool relative
    ) => VariableProjection.Fit(points, relative);

    /// <summary>Exponents at random, constants such that each term is a sensible part of the mean loss at the data's
    /// centre.</summary>
    public override double[] Start(ReadOnlySpan<double> u, DataSummary data)
    {
        var (alpha, beta) = (Between(0.05, 1.2, u[3]), Between(0.05, 1.2, u[4]));
        var e = data.MinY * Between(0.1, 0.98, u[0]);
        var rest = Math.Max(data.MeanY - e, 0.02 * data.MeanY);
        return
        [
            Math.Log(e),
            Math.Log(rest * Between(0.1, 0.9, u[1])) + alpha * data.MeanLogN,
            Math.Log(rest * Between(0.1, 0.9, u[2])) + beta * data.MeanLogD,
            alpha,
            beta,
        ];
    }
}
