namespace LinearScaling.Laws;

/// <summary>A stream of standard normal numbers, the same for the same seed on every machine.</summary>
public sealed class NormalDraws(int seed)
{
    private readonly Random random = new(seed);
    private double spare = double.NaN;

    /// <summary>By Marsaglia's polar method.</summary>
    public double Next()
    {
        if (!double.IsNaN(spare))
        {
            var kept = spare;
            spare = double.NaN;
            return kept;
        }
        double u, v, s;
        do
        {
            (u, v) = (2 * random.NextDouble() - 1, 2 * random.NextDouble() - 1);
            s = u * u + v * v;
        }
        while (s is >= 1 or 0);
        var factor = Math.Sqrt(-2 * Math.Log(s) / s);
        spare = v * factor;
        return u * factor;
    }
}
