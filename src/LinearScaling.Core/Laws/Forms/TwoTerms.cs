using LinearScaling.Laws.Points;

namespace LinearScaling.Laws.Forms;

/// <summary>The sum A / N^alpha + B / D^beta that a surface rises with, whatever else it is made of.</summary>
internal readonly record struct TwoTerms(double LogA, double Alpha, double LogB, double Beta)
{
    /// <summary>ln N of the least sum over all N and D that cost <paramref name="flops"/>; null where an exponent that
    /// is not positive leaves none.</summary>
    /// <remarks>Hoffmann et al., arXiv 2203.15556, eq. 4, for a training token of k N^e FLOPs in place of 6 N: N to the
    /// power alpha + e beta is alpha A / (e beta B) (C / k)^beta.</remarks>
    public double? OptimalLogN(double flops, FlopsRule rule) =>
        Alpha > 0 && Beta > 0 && rule.Exponent > 0
            ? (Math.Log(Alpha / (rule.Exponent * Beta)) + LogA - LogB + Beta * Math.Log(flops / rule.Coefficient))
                / (Alpha + rule.Exponent * Beta)
            : null;
}
