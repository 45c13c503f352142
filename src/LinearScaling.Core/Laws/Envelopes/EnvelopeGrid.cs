using LinearScaling.Laws.Points;

namespace LinearScaling.Laws.Envelopes;

/// <summary>Every curve of a family read once over log-spaced compute, so that the bootstrap can take thousands of
/// envelopes.</summary>
internal sealed class EnvelopeGrid
{
    private readonly IReadOnlyList<LossCurve> curves;
    private readonly double[] flops;
    private readonly double[][] logValues; // one row per curve; NaN where it does not reach

    public EnvelopeGrid(IReadOnlyList<LossCurve> curves)
    {
        this.curves = curves;
        var (first, last) = (curves.Min(c => c.FirstFlops), curves.Max(c => c.LastFlops));
        var count = Math.Max(2, (int)Math.Round(Envelopes.Envelope.PointsPerDecade * Math.Log10(last / first)) + 1);
        flops = [.. Enumerable.Range(0, count).Select(i => first * Math.Pow(last / first, (double)i / (count - 1)))];
        logValues = [.. curves.Select(c => Array.ConvertAll(flops, f => c.Covers(f) ? c.LogValue(f) : double.NaN))];
    }

    /// <summary>Readings of the curves, 16 a decade, no further above the least than <paramref name="above"/> in
    /// ln L.</summary>
    public IEnumerable<(int Curve, double Flops, double Value)> Near(double above)
    {
        for (var i = 0; i < flops.Length; i += Envelopes.Envelope.PointsPerDecade / 16)
        {
            var least = logValues.Min(v => double.IsNaN(v[i]) ? double.PositiveInfinity : v[i]);
            for (var c = 0; c < logValues.Length; c++)
                if (logValues[c][i] <= least + above)
                    yield return (c, flops[i], Math.Exp(logValues[c][i]));
        }
    }

    /// <param name="shifts">Added to each curve's ln value, or empty: how the bootstrap moves whole runs.</param>
    public Envelope Envelope(ReadOnlySpan<double> shifts)
    {
        var points = new List<EnvelopePoint>(flops.Length);
        for (var i = 0; i < flops.Length; i++)
        {
            var (best, value) = (-1, double.PositiveInfinity);
            for (var c = 0; c < logValues.Length; c++)
                if (logValues[c][i] + (shifts.IsEmpty ? 0 : shifts[c]) is var y && y < value)
                    (best, value) = (c, y);
            // A value counts only if no smaller compute has reached it: where the best run ends, the next one has to
            // catch up first.
            if (best >= 0 && (points.Count == 0 || Math.Exp(value) < points[^1].Value))
                points.Add(new(flops[i], Math.Exp(value), best));
        }
        return Envelopes.Envelope.From(curves, points);
    }
}
