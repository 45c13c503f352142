using LinearScaling.Laws.Points;

namespace LinearScaling.Laws.Forms;

/// <summary>L = [(Nc / N)^(alpha_n / alpha_d) + Dc / D]^alpha_d (Kaplan et al., arXiv 2001.08361, eq. 1.5).</summary>
public sealed record Kaplan : LawForm
{
    public override string Equation => "L = [(Nc / N)^(alpha_n / alpha_d) + Dc / D]^alpha_d";

    public override IReadOnlyList<FormParameter> Parameters { get; } =
    [
        new("Nc", "parameters at which unlimited data give a loss of 1", true, 0, double.PositiveInfinity),
        new("Dc", "tokens at which an unlimited model gives a loss of 1", true, 0, double.PositiveInfinity),
        new("alpha_n", "exponent of N", true, 1e-3, 3, Exponent: true),
        new("alpha_d", "exponent of D", true, 1e-3, 3, Exponent: true),
    ];

    public override bool OfNAndD => true;

    internal override TwoTerms? Terms(ReadOnlySpan<double> p)
    {
        var ratio = Math.Exp(p[2] - p[3]);
        return new(ratio * p[0], ratio, p[1], 1);
    }

    /// <remarks>E = 0 and beta = 1, with alpha = alpha_n / alpha_d and gamma = alpha_d.</remarks>
    public override Nesting? NestedIn => new("chinchilla_gamma", AtBound: 1);

    public override double Value(ReadOnlySpan<double> p, in Observation o, Span<double> gradient)
    {
        var (alphaN, alphaD) = (Math.Exp(p[2]), Math.Exp(p[3]));
        var ratio = alphaN / alphaD;
        var (n, d) = (Math.Exp(ratio * (p[0] - o.LogN)), Math.Exp(p[1] - o.LogD));
        var log = Math.Log(n + d);
        var loss = Math.Exp(alphaD * log);
        var share = n / (n + d);
        gradient[0] = loss * alphaN * share;
        gradient[1] = loss * alphaD * (1 - share);
        gradient[2] = loss * share * (p[0] - o.LogN) * alphaN;
        gradient[3] = loss * (log - share * ratio * (p[0] - o.LogN)) * alphaD;
        return loss;
    }

    public override double[] Start(ReadOnlySpan<double> u, DataSummary data)
    {
        var (alphaN, alphaD) = (Math.Exp(Between(-4, -0.7, u[2])), Math.Exp(Between(-4, -0.7, u[3])));
        var mean = Math.Log(data.MeanY);
        return
        [
            data.MeanLogN + (mean + Between(-0.5, 0, u[0])) / alphaN,
            data.MeanLogD + (mean + Between(-1, 0, u[1])) / alphaD,
            Math.Log(alphaN),
            Math.Log(alphaD),
        ];
    }
}
