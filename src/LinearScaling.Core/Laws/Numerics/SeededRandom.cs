namespace LinearScaling.Laws.Numerics;

/// <summary>Random numbers that depend on (seed, stream) alone: the same on every machine, thread count and .NET
/// version.</summary>
/// <remarks>System.Random's seeded streams are correlated between neighbouring seeds.</remarks>
public sealed class SeededRandom
{
    private SplitMix64 bits;
    private double spare = double.NaN;

    public SeededRandom(int seed, int stream = 0) => bits = new(SplitMix64.Mix((uint)seed, (uint)stream));

    /// <summary>Uniform in [0, 1).</summary>
    public double Uniform() => (bits.Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform over 0 ... <paramref name="count"/> - 1.</summary>
    public int Index(int count) => bits.Next(count);

    /// <summary>Standard normal, by Marsaglia's polar method.</summary>
    public double Normal()
    {
        if (!double.IsNaN(spare))
        {
            var kept = spare;
            spare = double.NaN;
            return kept;
        }
        double u,
            v,
            s;
        do
        {
            (u, v) = (2 * Uniform() - 1, 2 * Uniform() - 1);
            s = u * u + v * v;
        } while (s is >= 1 or 0);
        var factor = Math.Sqrt(-2 * Math.Log(s) / s);
        spare = v * factor;
        return u * factor;
    }
}
