namespace LinearScaling.Laws.Points;

/// <summary>Smoothing of noisy training curves.</summary>
internal static class Smoothing
{
    /// <summary>Width of the kernel, in decades of compute.</summary>
    public const double Bandwidth = 0.04;

    private const int PointsPerDecade = 48;

    /// <summary>A straight line in log-log fitted around each of log-spaced places, with Gaussian weights: unlike a
    /// moving average it does not lag behind a falling curve.</summary>
    public static List<CurvePoint> LocalLine(List<CurvePoint> points)
    {
        var (first, last) = (points[0].Flops, points[^1].Flops);
        var count = Math.Max(2, (int)Math.Round(PointsPerDecade * Math.Log10(last / first)) + 1);
        if (points.Count <= count)
            return points;
        var x = points.ConvertAll(p => Math.Log10(p.Flops));
        var y = points.ConvertAll(p => Math.Log(p.Value));
        var perToken = points[0].Flops / points[0].Tokens;
        var smooth = new List<CurvePoint>(count);
        for (var i = 0; i < count; i++)
        {
            var at = x[0] + (x[^1] - x[0]) * i / (count - 1);
            double w = 0,
                wx = 0,
                wy = 0,
                wxx = 0,
                wxy = 0;
            for (var j = 0; j < x.Count; j++)
            {
                var dx = x[j] - at;
                var weight = Math.Exp(-0.5 * dx * dx / (Bandwidth * Bandwidth));
                w += weight;
                wx += weight * dx;
                wy += weight * y[j];
                wxx += weight * dx * dx;
                wxy += weight * dx * y[j];
            }
            var determinant = w * wxx - wx * wx;
            var value = determinant > 1e-12 * w * w ? (wxx * wy - wx * wxy) / determinant : wy / w;
            var flops = Math.Pow(10, at);
            smooth.Add(new(flops / perToken, flops, Math.Exp(value)));
        }
        return smooth;
    }
}
