using LinearScaling.Laws.Parametric;
using LinearScaling.Laws.Points;

namespace LinearScaling.Laws.Forms;

/// <summary>y = limit + range exp(-rate u): scores against loss, or against ln compute, where it is a power law with an
/// offset of either sign.</summary>
public sealed record Exponential : LawForm
{
    public override string Equation => "y = limit + range exp(-rate u), u = ln x, or x where x is a loss";

    public override IReadOnlyList<FormParameter> Parameters { get; } =
    [
        new("limit", "value at large u", false, -1e3, 1e3),
        new("range", "what is lost or gained from u = 0 on", false, double.NegativeInfinity, double.PositiveInfinity),
        new("rate", "per unit of u", true, 1e-3, 50),
    ];

    public override bool OfNAndD => false;

    public override bool TakesLogOfX => false;

    public override bool Positive => false;

    public override FitLoss DefaultLoss => FitLoss.Squared;

    public override double Value(ReadOnlySpan<double> p, in Observation o, Span<double> gradient)
    {
        var rate = Math.Exp(p[2]);
        var t = Math.Exp(-rate * o.U);
        gradient[0] = 1;
        gradient[1] = t;
        gradient[2] = -p[1] * t * o.U * rate;
        return p[0] + p[1] * t;
    }

    /// <summary>For a given rate the other two are a linear problem.</summary>
    public override (double[] Coefficients, double ResidualSquares)? LeastSquares(
        IReadOnlyList<Observation> points,
        bool relative
    )
    {
        var (rate, limit, range, squares) = ExponentialProjection.Fit(
            [.. points.Select(o => (o.U, o.Y, o.Weight / (relative ? o.Y * o.Y : 1)))],
            (Parameters[2].Low, Parameters[2].High),
            (Parameters[0].Low, Parameters[0].High),
            (Parameters[1].Low, Parameters[1].High)
        );
        return ([limit, range, rate], squares);
    }

    public override double[] Start(ReadOnlySpan<double> u, DataSummary data)
    {
        var width = Math.Max(data.MaxU - data.MinU, 1e-9);
        var rate = Math.Clamp(Math.Exp(Between(-2, 2, u[2])) / width, Parameters[2].Low, Parameters[2].High);
        var scale = (data.MaxY - data.MinY) * Math.Exp(Math.Min(rate * data.MinU, 600)) * (u[1] < 0.5 ? -1 : 1);
        return [Between(data.MinY, data.MaxY, u[0]), scale, Math.Log(rate)];
    }
}
