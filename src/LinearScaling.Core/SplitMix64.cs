namespace LinearScaling;

/// <summary>Steele, Lea and Flood's SplitMix64: random numbers that are the same on every machine and in every version
/// of .NET, which System.Random does not promise.</summary>
internal struct SplitMix64(ulong seed)
{
    private ulong state = seed;

    public static ulong Mix(ulong a, ulong b) => new SplitMix64(new SplitMix64(a).Next() ^ b).Next();

    public ulong Next()
    {
        var z = state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>An integer in [0, <paramref name="exclusive"/>), uniform up to 2^-32 or less.</summary>
    public int Next(int exclusive) => (int)Math.BigMul(Next(), (ulong)exclusive, out _);

    /// <summary>Puts <paramref name="items"/> into a uniformly random order (Fisher-Yates).</summary>
    public void Shuffle(Span<int> items)
    {
        for (var i = items.Length - 1; i > 0; i--)
        {
            var j = Next(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }
}
