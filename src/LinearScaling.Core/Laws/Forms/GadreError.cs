using LinearScaling.Laws.Parametric;
using LinearScaling.Laws.Points;

namespace LinearScaling.Laws.Forms;

/// <summary>error = epsilon - k exp(-gamma L): downstream error from loss (Gadre et al., arXiv 2403.08540).</summary>
public sealed record GadreError : LawForm
{
    public override string Equation => "error = epsilon - k exp(-gamma x), x a loss";

    public override IReadOnlyList<FormParameter> Parameters { get; } =
    [
        new("k", "error gained at zero loss", true, 0, double.PositiveInfinity),
        new("gamma", "rate, per unit of loss", true, 1e-3, 50, Exponent: true),
        new("epsilon", "error of an untrained model", false, 0, 2),
    ];

    public override bool OfNAndD => false;

    public override bool OfMetric => true;

    public override bool Positive => false;

    public override FitLoss DefaultLoss => FitLoss.Squared;

    public override double Value(ReadOnlySpan<double> p, in Observation o, Span<double> gradient)
    {
        var gamma = Math.Exp(p[1]);
        var t = Math.Exp(p[0] - gamma * o.X);
        gradient[0] = -t;
        gradient[1] = t * o.X * gamma;
        gradient[2] = 1;
        return p[2] - t;
    }

    /// <summary>For a given rate the other two are a linear problem.</summary>
    public override (double[] Coefficients, double ResidualSquares)? LeastSquares(
        IReadOnlyList<Observation> points,
        bool relative
    )
    {
        var (gamma, epsilon, k, squares) = ExponentialProjection.Fit(
            [.. points.Select(o => (o.X, o.Y, o.Weight / (relative ? o.Y * o.Y : 1)))],
            (Parameters[1].Low, Parameters[1].High),
            (Parameters[2].Low, Parameters[2].High),
            (double.NegativeInfinity, 0)
        );
        return ([-k, gamma, epsilon], squares);
    }

    public override double[] Start(ReadOnlySpan<double> u, DataSummary data)
    {
        var gamma = Math.Exp(Between(-2, 1.5, u[1]));
        var epsilon = data.MaxY + (data.MaxY - data.MinY) * Between(0, 0.5, u[2]);
        return
        [
            Math.Log((epsilon - data.MinY + 1e-9) * Between(0.5, 1.5, u[0])) + gamma * data.MinX,
            Math.Log(gamma),
            epsilon,
        ];
    }
}
