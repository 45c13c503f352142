namespace LinearScaling.Laws;

/// <summary>Random numbers that depend on (seed, stream) alone: the same on every machine, thread count and .NET version.</summary>
/// <remarks>SplitMix64 (Steele, Lea and Flood 2014). System.Random's seeded streams are correlated between neighbouring seeds.</remarks>
public sealed class SeededRandom
{
    private ulong state;
    private double spare = double.NaN;

    public SeededRandom(int seed, int stream = 0)
    {
        state = (uint)seed;
        state = Bits() ^ ((ulong)(uint)stream << 17);
        state = Bits();
    }

    /// <summary>Uniform from 0 up to, but not, 1.</summary>
    public double Uniform() => (Bits() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform over 0 ... <paramref name="count"/> - 1.</summary>
    public int Index(int count) => (int)(((UInt128)Bits() * (ulong)count) >> 64);

    /// <summary>Standard normal, by Marsaglia's polar method.</summary>
    public double Normal()
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
            (u, v) = (2 * Uniform() - 1, 2 * Uniform() - 1);
            s = u * u + v * v;
        }
        while (s is >= 1 or 0);
        var factor = Math.Sqrt(-2 * Math.Log(s) / s);
        spare = v * factor;
        return u * factor;
    }

    private ulong Bits()
    {
        var z = state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
