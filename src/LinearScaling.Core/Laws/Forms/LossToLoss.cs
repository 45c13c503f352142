using LinearScaling.Laws.Points;

namespace LinearScaling.Laws.Forms;

/// <summary>y = K (x - E0)^kappa + E1: one loss from another, of models that are paired by compute or are the same
/// (Brandfonbrener et al., arXiv 2411.12925).</summary>
/// <remarks>It has no value where x is not above E0. With kappa near 1 the line that is left leaves E0 open: the paper
/// takes E0 and E1 from fits of each loss alone.</remarks>
public sealed record LossToLoss : LawForm
{
    public override string Equation => "y = K (x - E0)^kappa + E1, x a loss";

    public override IReadOnlyList<FormParameter> Parameters { get; } =
    [
        new("K", "reducible y where x is 1 above E0", true, 0, double.PositiveInfinity),
        new("kappa", "exponent of the reducible loss", false, 0.01, 10, Exponent: true),
        new("E0", "irreducible part of x", true, 1e-6, double.PositiveInfinity),
        new("E1", "irreducible part of y", true, 1e-6, double.PositiveInfinity),
    ];

    public override bool OfNAndD => false;

    public override bool OfMetric => true;

    public override bool TakesLogOfX => false;

    public override double Value(ReadOnlySpan<double> p, in Observation o, Span<double> gradient)
    {
        var (e0, e1) = (Math.Exp(p[2]), Math.Exp(p[3]));
        var log = Math.Log(o.X - e0);
        var t = Math.Exp(p[0] + p[1] * log);
        gradient[0] = t;
        gradient[1] = t * log;
        gradient[2] = -t * p[1] * e0 / (o.X - e0);
        gradient[3] = e1;
        return t + e1;
    }

    public override double[] Start(ReadOnlySpan<double> u, DataSummary data)
    {
        var kappa = Between(0.2, 2, u[1]);
        var (e0, e1) = (data.MinX * Between(0.1, 0.98, u[2]), data.MinY * Between(0.1, 0.98, u[3]));
        var (x, y) = (0.5 * (data.MinX + data.MaxX) - e0, Math.Max(data.MeanY - e1, 0.02 * data.MeanY));
        return [Math.Log(y) - kappa * Math.Log(x) + Between(-0.3, 0.3, u[0]), kappa, Math.Log(e0), Math.Log(e1)];
    }
}
