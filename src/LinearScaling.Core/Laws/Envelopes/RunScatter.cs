using LinearScaling.Laws.Numerics;
using LinearScaling.Laws.Parametric;
using LinearScaling.Laws.Points;

namespace LinearScaling.Laws.Envelopes;

/// <summary>How far runs as wholes lie off what their size and tokens would let expect, in ln L.</summary>
/// <param name="Shifts">What brings each run back to it: added to its ln L.</param>
/// <param name="Width">Standard deviation of runs, widened for the few that it was measured on.</param>
/// <param name="Told">Whether there are sizes enough to tell scatter from the law's shape; otherwise runs are taken as
/// they came out.</param>
internal sealed record RunScatter(double[] Shifts, double Width, bool Told)
{
    /// <summary>Points count up to so far above the envelope, in ln L: what lies higher decides nothing.</summary>
    private const double Near = 0.1;

    /// <summary>Sizes from which on a surface can be told from scatter.</summary>
    private const int FewestSizes = 5;

    /// <summary>What the surface takes of the runs' differences: its term of N, a level and an exponent.</summary>
    private const int Taken = 2;

    /// <remarks>
    /// The expectation is a surface L = E + A / N^alpha + B / D^beta through all curves near the envelope. The fitted
    /// power law cannot be it: the envelope bends away from that by more than runs scatter, and every run looks far
    /// off. With few sizes the surface would go through each of them; then the power law is all there is, and the
    /// scatter comes out too large rather than too small.
    /// </remarks>
    public static RunScatter Measure(
        IReadOnlyList<LossCurve> curves,
        EnvelopeGrid grid,
        Envelope envelope,
        LogLogLine loss
    )
    {
        if (curves.Select(c => c.N).Distinct().Count() < FewestSizes)
            return new(new double[curves.Count], AboutThePowerLaw(curves, envelope, loss), false);
        var points = grid.Near(Near).ToList();
        var (surface, _) = VariableProjection.Fit(
            [
                .. points.Select(p =>
                    Observation.At(curves[p.Curve].N, p.Flops / curves[p.Curve].FlopsPerToken, p.Value)
                ),
            ],
            relative: true
        );
        double Expected((int Curve, double Flops, double Value) p) =>
            surface[0]
            + surface[1] * Math.Pow(curves[p.Curve].N, -surface[3])
            + surface[2] * Math.Pow(p.Flops / curves[p.Curve].FlopsPerToken, -surface[4]);
        var shifts = new double[curves.Count];
        var runs = points.GroupBy(p => p.Curve).ToList();
        foreach (var run in runs)
            shifts[run.Key] = run.Average(p => Math.Log(Expected(p) / p.Value));
        var freedom = Math.Max(1, runs.Count - Taken);
        return new(shifts, Interval.Widening(freedom) * Math.Sqrt(shifts.Sum(s => s * s) / freedom), true);
    }

    /// <summary>Root mean square over each run's part of the envelope, less two degrees of freedom where there are
    /// enough runs.</summary>
    private static double AboutThePowerLaw(IReadOnlyList<LossCurve> curves, Envelope envelope, LogLogLine loss)
    {
        var residuals = envelope
            .Points.GroupBy(p => curves[p.Curve].Run)
            .Select(g => g.Average(p => Math.Pow(Math.Log(p.Value / loss.At(p.Flops)), 2)))
            .ToList();
        return residuals.Count > 2 ? Math.Sqrt(residuals.Sum() / (residuals.Count - 2)) : Math.Sqrt(residuals.Sum());
    }
}
