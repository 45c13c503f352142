using LinearScaling.Laws.Parametric;
using LinearScaling.Laws.Points;

namespace LinearScaling.Laws.Forms;

/// <summary>L = E + a N^eta + b 6^(eta/2) D^eta, with D = M N: loss under over-training, M tokens per parameter (Gadre
/// et al., arXiv 2403.08540).</summary>
public sealed record Gadre : LawForm
{
    private static readonly double HalfLog6 = 0.5 * Math.Log(6);

    public override string Equation => "L = E + a N^eta + b 6^(eta/2) D^eta";

    public override IReadOnlyList<FormParameter> Parameters { get; } =
    [
        new("a", "loss of one parameter, in the metric's unit", true, 0, double.PositiveInfinity),
        new("b", "loss of one token, in the metric's unit", true, 0, double.PositiveInfinity),
        new("eta", "the one exponent of N and D, negative", false, -3, 0, Exponent: true),
        new("E", "irreducible loss, in the metric's unit", true, 1e-3, double.PositiveInfinity),
    ];

    public override bool OfNAndD => true;

    /// <remarks>alpha = beta = -eta.</remarks>
    public override Nesting? NestedIn => new("chinchilla");

    public override FitLoss DefaultLoss => FitLoss.Squared;

    internal override TwoTerms? Terms(ReadOnlySpan<double> p) => new(p[0], -p[2], p[1] + p[2] * HalfLog6, -p[2]);

    public override double Value(ReadOnlySpan<double> p, in Observation o, Span<double> gradient)
    {
        var (n, d, e) = (Math.Exp(p[0] + p[2] * o.LogN), Math.Exp(p[1] + p[2] * (o.LogD + HalfLog6)), Math.Exp(p[3]));
        gradient[0] = n;
        gradient[1] = d;
        gradient[2] = n * o.LogN + d * (o.LogD + HalfLog6);
        gradient[3] = e;
        return n + d + e;
    }

    public override double[] Start(ReadOnlySpan<double> u, DataSummary data)
    {
        var eta = -Between(0.02, 1, u[2]);
        var e = data.MinY * Between(0.1, 0.98, u[3]);
        var rest = Math.Max(data.MeanY - e, 0.02 * data.MeanY);
        return
        [
            Math.Log(rest * Between(0.1, 0.9, u[0])) - eta * data.MeanLogN,
            Math.Log(rest * Between(0.1, 0.9, u[1])) - eta * data.MeanLogD,
            eta,
            Math.Log(e),
        ];
    }
}
