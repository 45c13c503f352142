using LinearScaling.Laws.Parametric;
using LinearScaling.Laws.Points;

namespace LinearScaling.Laws.Forms;

/// <summary>y = low + (high - low) / (1 + exp(-slope (u - middle))): scores against loss or ln compute, as in
/// observational laws (arXiv 2405.10938).</summary>
public sealed record Sigmoid : LawForm
{
    public override string Equation =>
        "y = low + (high - low) / (1 + exp(-slope (u - middle))), u = ln x, or x where x is a loss";

    public override IReadOnlyList<FormParameter> Parameters { get; } =
    [
        new("low", "value far below the middle (chance)", false, -1, 1e3),
        new("high", "value far above the middle", false, -1, 1e3),
        new("middle", "where half the way is gone, in u", false, -1e3, 1e3),
        new("slope", "steepness, per unit of u; negative where y falls with u", false, -1e3, 1e3),
    ];

    public override bool OfNAndD => false;

    public override bool TakesLogOfX => false;

    public override bool Positive => false;

    public override FitLoss DefaultLoss => FitLoss.Squared;

    public override double Value(ReadOnlySpan<double> p, in Observation o, Span<double> gradient)
    {
        var s = 1 / (1 + Math.Exp(-p[3] * (o.U - p[2])));
        var steep = (p[1] - p[0]) * s * (1 - s);
        gradient[0] = 1 - s;
        gradient[1] = s;
        gradient[2] = -steep * p[3];
        gradient[3] = steep * (o.U - p[2]);
        return p[0] + (p[1] - p[0]) * s;
    }

    /// <summary>Swapping low and high and the sign of the slope changes nothing: low is the lower one.</summary>
    public override double[] Canonical(double[] p) => p[0] <= p[1] ? p : [p[1], p[0], p[2], -p[3]];

    /// <summary>Low below high always: the sign of the slope says which way the curve runs.</summary>
    public override double[] Start(ReadOnlySpan<double> u, DataSummary data)
    {
        var (range, width) = (data.MaxY - data.MinY, Math.Max(data.MaxU - data.MinU, 1e-9));
        var steep = Math.Exp(Between(0, 3, Math.Abs(2 * u[3] - 1))) / width;
        return
        [
            data.MinY - range * Between(-0.1, 0.5, u[0]),
            data.MaxY + range * Between(-0.1, 1, u[1]),
            Between(data.MinU, data.MaxU + 0.3 * width, u[2]),
            u[3] < 0.5 ? -steep : steep,
        ];
    }
}
