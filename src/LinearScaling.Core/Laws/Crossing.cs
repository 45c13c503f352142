using LinearScaling.Laws.Envelopes;
using LinearScaling.Laws.Numerics;
using LinearScaling.Laws.Parametric;
using LinearScaling.Laws.Points;

namespace LinearScaling.Laws;

/// <summary>Where two laws of compute predict the same loss.</summary>
/// <param name="Flops">Null where the fitted laws do not cross within the range searched.</param>
/// <param name="Interval">95 % of the bootstrap's crossings, where at least half of the draws cross.</param>
/// <param name="Share">Share of the draws that cross within the range; null where a law has no draws.</param>
public sealed record Crossing(string First, string Second, double? Flops, Interval? Interval, double? Share)
{
    /// <summary>Crossings are looked for this many decades beyond the data on both sides.</summary>
    public const double DecadesBeyond = 6;

    /// <param name="first">ln L at a compute, for draw i; draw -1 is the fit itself.</param>
    /// <param name="range">Least and largest compute of the data.</param>
    public static Crossing Find(
        string firstName,
        string secondName,
        Func<int, double, double> first,
        Func<int, double, double> second,
        int draws,
        (double Low, double High) range
    )
    {
        var (low, high) = (
            Math.Log(range.Low) - DecadesBeyond * Math.Log(10),
            Math.Log(range.High) + DecadesBeyond * Math.Log(10)
        );
        var middle = 0.5 * Math.Log(range.Low * range.High);
        double? Root(int draw)
        {
            double Gap(double logC) => first(draw, Math.Exp(logC)) - second(draw, Math.Exp(logC));
            const int cells = 96;
            double? best = null;
            var left = Gap(low);
            for (var i = 1; i <= cells; i++)
            {
                var (a, b) = (low + (high - low) * (i - 1) / cells, low + (high - low) * i / cells);
                var right = Gap(b);
                if (left * right <= 0 && left != right)
                {
                    var sign = Math.Sign(left);
                    for (var k = 0; k < 60; k++)
                        if (0.5 * (a + b) is var m && Math.Sign(Gap(m)) == sign)
                            a = m;
                        else
                            b = m;
                    if (best is null || Math.Abs(a - middle) < Math.Abs(best.Value - middle))
                        best = a; // the one nearest to the data
                }
                left = right;
            }
            return best;
        }
        var roots = Enumerable.Range(0, draws).Select(Root).OfType<double>().ToList();
        double? share = draws == 0 ? null : (double)roots.Count / draws;
        return new(
            firstName,
            secondName,
            Root(-1) is { } r ? Math.Exp(r) : null,
            share is null or < 0.5 ? null : Numerics.Interval.Percentile(roots.Select(Math.Exp)),
            share
        );
    }

    /// <summary>Between the loss laws of two envelopes.</summary>
    public static Crossing Find(EnvelopeFit a, EnvelopeFit b) =>
        Find(
            a.Architecture,
            b.Architecture,
            Log(a),
            Log(b),
            Math.Min(a.LossDraws.Count, b.LossDraws.Count),
            (
                Math.Min(a.Envelope.Points[0].Flops, b.Envelope.Points[0].Flops),
                Math.Max(a.Envelope.Points[^1].Flops, b.Envelope.Points[^1].Flops)
            )
        );

    /// <summary>Between two parametric laws: compute-optimal losses for surfaces, values for curves over compute. 200
    /// draws of each.</summary>
    public static Crossing Find(LawAnalysis a, LawAnalysis b) =>
        Find(
            a.Name,
            b.Name,
            Log(a),
            Log(b),
            Math.Min(200, Math.Min(a.Bootstrap.Draws.Count, b.Bootstrap.Draws.Count)),
            (Math.Min(Computes(a).Min(), Computes(b).Min()), Math.Max(Computes(a).Max(), Computes(b).Max()))
        );

    private static IEnumerable<double> Computes(LawAnalysis a) =>
        a.Fit.Problem.Points.Select(o => a.Fit.Form.OfNAndD ? o.C : o.X);

    private static Func<int, double, double> Log(EnvelopeFit f) =>
        (draw, flops) => draw < 0 ? Math.Log(f.Loss.At(flops)) : Math.Log(f.LossDraws[draw].At(flops));

    private static Func<int, double, double> Log(LawAnalysis a) =>
        (draw, flops) =>
        {
            var coefficients = draw < 0 ? a.Fit.Coefficients : a.Bootstrap.Draws[draw];
            return Math.Log(
                a.Fit.Form.OfNAndD
                    ? Allocation.Optimize(a.Fit.Form, coefficients, flops, a.Rule).Loss
                    : a.Fit.Form.Predict(coefficients, Observation.OfCompute(flops, 0))
            );
        };
}
