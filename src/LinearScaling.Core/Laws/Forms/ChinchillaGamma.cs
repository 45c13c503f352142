using LinearScaling.Laws.Points;

namespace LinearScaling.Laws.Forms;

/// <summary>L = E + (A / N^alpha + B / D^beta)^gamma: Chinchilla's surface with a free outer exponent (as in arXiv
/// 2510.02228).</summary>
public sealed record ChinchillaGamma : LawForm
{
    public override string Equation => "L = E + (A / N^alpha + B / D^beta)^gamma";

    public override IReadOnlyList<FormParameter> Parameters { get; } =
    [
        new("E", "irreducible loss, in the metric's unit", true, 1e-3, double.PositiveInfinity),
        new("A", "loss of one parameter, to the power 1 / gamma", true, 0, double.PositiveInfinity),
        new("B", "loss of one token, to the power 1 / gamma", true, 0, double.PositiveInfinity),
        new("alpha", "exponent of N within the bracket", false, 0, 10, Exponent: true),
        new("beta", "exponent of D within the bracket", false, 0, 10, Exponent: true),
        new("gamma", "outer exponent; 1 is Chinchilla's", true, 0.02, 20, Exponent: true),
    ];

    public override bool OfNAndD => true;

    internal override TwoTerms? Terms(ReadOnlySpan<double> p) => new(p[1], p[3], p[2], p[4]);

    public override double Value(ReadOnlySpan<double> p, in Observation o, Span<double> gradient)
    {
        var (e, n, d, gamma) = (
            Math.Exp(p[0]),
            Math.Exp(p[1] - p[3] * o.LogN),
            Math.Exp(p[2] - p[4] * o.LogD),
            Math.Exp(p[5])
        );
        var log = Math.Log(n + d);
        var t = Math.Exp(gamma * log);
        var outer = gamma * t / (n + d);
        gradient[0] = e;
        gradient[1] = outer * n;
        gradient[2] = outer * d;
        gradient[3] = -outer * n * o.LogN;
        gradient[4] = -outer * d * o.LogD;
        gradient[5] = t * log * gamma;
        return e + t;
    }

    public override double[] Start(ReadOnlySpan<double> u, DataSummary data)
    {
        var gamma = Math.Exp(Between(-1, 1, u[5]));
        var (alpha, beta) = (Between(0.05, 1, u[3]) / gamma, Between(0.05, 1, u[4]) / gamma);
        var e = data.MinY * Between(0.1, 0.98, u[0]);
        var rest = Math.Pow(Math.Max(data.MeanY - e, 0.02 * data.MeanY), 1 / gamma);
        return
        [
            Math.Log(e),
            Math.Log(rest * Between(0.1, 0.9, u[1])) + alpha * data.MeanLogN,
            Math.Log(rest * Between(0.1, 0.9, u[2])) + beta * data.MeanLogD,
            alpha,
            beta,
            Math.Log(gamma),
        ];
    }
}
