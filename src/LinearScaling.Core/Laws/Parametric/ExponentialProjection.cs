using LinearScaling.Laws.Numerics;

namespace LinearScaling.Laws.Parametric;

/// <summary>Least squares for y = a + b exp(-rate u) within bounds, by variable projection: for a given rate a and b
/// are a linear problem of two unknowns, so that the search has one dimension.</summary>
/// <remarks>At a small rate the curve is nearly a straight line, along which a and b run away together: a search in all
/// three stops there short of the bound.</remarks>
internal static class ExponentialProjection
{
    private const int Cells = 240;

    public static (double Rate, double A, double B, double Squares) Fit(
        (double U, double Y, double Weight)[] points,
        (double Low, double High) rate,
        (double Low, double High) a,
        (double Low, double High) b
    )
    {
        var middle = points.Average(p => p.U);
        // b is taken at the middle of the data, where exp(-rate u) is near 1 whatever the rate.
        (double Squares, double A, double B) At(double logRate)
        {
            var r = Math.Exp(logRate);
            var shift = Math.Exp(-r * middle);
            if (!(shift > 1e-300))
                return (double.PositiveInfinity, 0, 0); // b would be no number
            var (squares, x, y) = Bounded(points, middle, r, a, (b.Low * shift, b.High * shift));
            return (squares, x, y / shift);
        }
        var (low, high) = (Math.Log(rate.Low), Math.Log(rate.High));
        double Node(int i) =>
            i == 0 ? low
            : i == Cells ? high
            : low + (high - low) * i / Cells;
        var best = Enumerable.Range(0, Cells + 1).MinBy(i => At(Node(i)).Squares);
        var (left, right) = (Node(Math.Max(0, best - 1)), Node(Math.Min(Cells, best + 1)));
        var inner = GoldenSection.Minimize(r => At(r).Squares, left, right, 1e-12);
        var at = At(inner).Squares < At(Node(best)).Squares ? inner : Node(best);
        var (least, limit, range) = At(at);
        return (Math.Clamp(Math.Exp(at), rate.Low, rate.High), limit, range, least);
    }

    /// <summary>The best a and b for a rate within their bounds: inside, or on the edge where it is least.</summary>
    private static (double Squares, double A, double B) Bounded(
        (double U, double Y, double Weight)[] points,
        double middle,
        double rate,
        (double Low, double High) a,
        (double Low, double High) b
    )
    {
        var (w, wt, wtt, wy, wty) = (0.0, 0.0, 0.0, 0.0, 0.0);
        foreach (var (u, y, weight) in points)
        {
            var t = Math.Exp(-rate * (u - middle));
            w += weight;
            wt += weight * t;
            wtt += weight * t * t;
            wy += weight * y;
            wty += weight * t * y;
        }
        // Taken about the means, since t hardly varies at a small rate.
        var (meanT, meanY, tt, ty) = (wt / w, wy / w, 0.0, 0.0);
        foreach (var (u, y, weight) in points)
        {
            var t = Math.Exp(-rate * (u - middle)) - meanT;
            tt += weight * t * t;
            ty += weight * t * (y - meanY);
        }
        double Squares(double limit, double range)
        {
            var sum = 0.0;
            foreach (var (u, y, weight) in points)
                if (y - limit - range * Math.Exp(-rate * (u - middle)) is var r)
                    sum += weight * r * r;
            return double.IsNaN(sum) ? double.PositiveInfinity : sum;
        }
        double BestA(double range) => Math.Clamp(meanY - range * meanT, a.Low, a.High);
        double BestB(double limit) => Math.Clamp((wty - limit * wt) / wtt, b.Low, b.High);
        var slope = tt > 0 ? ty / tt : 0;
        List<(double A, double B)> candidates = [(meanY - slope * meanT, slope)];
        if (candidates[0].A < a.Low || candidates[0].A > a.High || slope < b.Low || slope > b.High)
        {
            candidates = [];
            foreach (var limit in new[] { a.Low, a.High }.Where(double.IsFinite))
                candidates.Add((limit, BestB(limit)));
            foreach (var range in new[] { b.Low, b.High }.Where(double.IsFinite))
                candidates.Add((BestA(range), range));
        }
        return candidates.Select(c => (Squares(c.A, c.B), c.A, c.B)).MinBy(c => c.Item1);
    }
}
