using LinearScaling.Laws.Parametric;
using LinearScaling.Laws.Points;

namespace LinearScaling.Laws.Forms;

/// <summary>L = E + A / N'^alpha + B / D'^beta, where repeated tokens and parameters beyond those that the different
/// tokens can fill are worth less and less (Muennighoff et al., arXiv 2305.16264, eq. 6 and appendix A).</summary>
/// <remarks>
/// D' = U (1 + rd_star (1 - exp(-R / rd_star))), with U different tokens, of which D are R + 1 epochs. N' = V (1 +
/// rn_star (1 - exp(-S / rn_star))), with V = min(N, N_opt of D_opt = U) and S = N / V - 1. Where U is not known every
/// token is a new one.
/// </remarks>
public sealed record DataConstrained : LawForm
{
    private const double FewestEpochs = 4;
    private const double WideInterval = 10;

    public override string Equation =>
        "L = E + A / N'^alpha + B / D'^beta, D' = U (1 + rd_star (1 - exp(-(D / U - 1) / rd_star))), U = unique, "
        + "N' = V (1 + rn_star (1 - exp(-(N / V - 1) / rn_star))), V = min(N, N_opt where D_opt = U)";

    public override IReadOnlyList<FormParameter> Parameters { get; } =
    [
        new("E", "irreducible loss, in the metric's unit", true, 1e-3, double.PositiveInfinity),
        new("A", "loss of one parameter, in the metric's unit", true, 0, double.PositiveInfinity),
        new("B", "loss of one token, in the metric's unit", true, 0, double.PositiveInfinity),
        new("alpha", "exponent of N", false, 1e-3, 3, Exponent: true),
        new("beta", "exponent of D", false, 1e-3, 3, Exponent: true),
        new("rd_star", "repetitions of the data beyond which more are worth little", true, 1e-3, 1e6),
        new("rn_star", "the same of parameters beyond those the data can fill", true, 1e-3, 1e6),
    ];

    public override bool OfNAndD => true;

    public override IReadOnlyList<string> Columns { get; } = ["unique"];

    public override double Value(ReadOnlySpan<double> p, in Observation o, Span<double> gradient)
    {
        var (alpha, beta) = (p[3], p[4]);
        var (rd, rn) = (Math.Exp(p[5]), Math.Exp(p[6]));
        var logU = o.LogOthers is [var unique] ? Math.Min(unique, o.LogD) : o.LogD;
        var (data, byRd) = Effective(Math.Exp(o.LogD - logU), rd);

        // ln N_opt where D_opt = U: g is ln G of the paper's eq. 11.
        var g = (Math.Log(alpha / beta) + p[1] - p[2]) / (alpha + beta);
        var logV = beta / alpha * (logU + g) + g;
        var (size, byRn, byV) = (1.0, 0.0, 0.0);
        if (logV < o.LogN)
        {
            var ratio = Math.Exp(o.LogN - logV);
            (size, byRn) = Effective(ratio, rn);
            byV = 1 - ratio * Math.Exp(-(ratio - 1) / rn) / size;
        }
        else
            logV = o.LogN;

        var (logN, logD) = (logV + Math.Log(size), logU + Math.Log(data));
        var (e, n, d) = (Math.Exp(p[0]), Math.Exp(p[1] - alpha * logN), Math.Exp(p[2] - beta * logD));
        var fall = -alpha * n * byV; // of the loss, a unit of ln V
        gradient[0] = e;
        gradient[1] = n + fall / alpha;
        gradient[2] = d - fall / alpha;
        gradient[3] = -n * logN + fall * ((1 / alpha - g) - beta / alpha * (logU + g)) / alpha;
        gradient[4] = -d * logD + fall * (logU - 1 / beta) / alpha;
        gradient[5] = -beta * d * byRd / data;
        gradient[6] = -alpha * n * byRn / size;
        return e + n + d;
    }

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
            Between(0, 4, u[5]),
            Between(0, 4, u[6]),
        ];
    }

    /// <summary>The surface is flat in both constants where the data repeat seldom and the models are small.</summary>
    internal override IEnumerable<Caution> Cautions(ParametricFit fit, Bootstrap? bootstrap)
    {
        var points = fit.Problem.Points;
        var epochs = points.Max(o => o.Others is [var unique] ? o.D / unique : 1);
        if (epochs < FewestEpochs)
            yield return new(
                "few_epochs",
                $"the data are seen at most {epochs:F1} times: until about {FewestEpochs:F0} epochs repeated tokens "
                    + $"are nearly as good as new ones, so that rd_star is not determined"
            );
        var gradient = new double[fit.P.Length];
        bool Excess(Observation o)
        {
            Value(fit.P, o, gradient);
            return gradient[^1] != 0;
        }
        if (!points.Any(o => Excess(o)))
            yield return new(
                "no_excess",
                "no model is larger than its different tokens can fill: nothing determines rn_star"
            );
        foreach (var (k, name) in Parameters.Select((q, k) => (k, q.Name)).Skip(5))
            if (bootstrap?.Interval(k) is { } drawn && drawn.High > WideInterval * drawn.Low)
                yield return new(
                    "flat_direction",
                    $"{name} = {fit.Coefficients[k]:G3} is anything from {drawn.Low:G3} to {drawn.High:G3}: the "
                        + $"surface is flat in it"
                );
    }

    /// <summary>1 + r (1 - exp(-(ratio - 1) / r)), and its derivative to ln r.</summary>
    private static (double Value, double Slope) Effective(double ratio, double r)
    {
        var q = (ratio - 1) / r;
        return (1 - r * double.ExpM1(-q), r * (-double.ExpM1(-q) - q * Math.Exp(-q)));
    }
}
