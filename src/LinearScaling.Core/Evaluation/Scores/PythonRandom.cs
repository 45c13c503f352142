namespace LinearScaling.Evaluation.Scores;

/// <summary>Python's <c>random.Random(seed)</c>: Mersenne Twister 19937 (Matsumoto and Nishimura 1998), with Python's
/// shuffle and sample.</summary>
/// <remarks>The field's harness shuffles documents and draws few-shot examples with it.</remarks>
public sealed class PythonRandom
{
    private const int Size = 624;

    private readonly uint[] state = new uint[Size];
    private int next = Size;

    public PythonRandom(uint seed)
    {
        Initialize(19650218);
        var (i, j) = (1, 0);
        for (var k = Size; k > 0; k--)
        {
            state[i] = (state[i] ^ ((state[i - 1] ^ (state[i - 1] >> 30)) * 1664525)) + seed + (uint)j;
            if (++i == Size)
                (state[0], i) = (state[Size - 1], 1);
            j = 0; // the key is the seed alone
        }
        for (var k = Size - 1; k > 0; k--)
        {
            state[i] = (state[i] ^ ((state[i - 1] ^ (state[i - 1] >> 30)) * 1566083941)) - (uint)i;
            if (++i == Size)
                (state[0], i) = (state[Size - 1], 1);
        }
        state[0] = 0x80000000;
    }

    /// <summary>random(): 53 bits in [0, 1).</summary>
    public double NextDouble() => ((Next() >> 5) * 67108864.0 + (Next() >> 6)) / 9007199254740992.0;

    /// <summary>An integer in [0, n), by rejection from as many bits as n has.</summary>
    public int Below(int n)
    {
        var bits = 32 - System.Numerics.BitOperations.LeadingZeroCount((uint)n);
        for (; ; )
            if (Next() >> (32 - bits) is var r && r < n)
                return (int)r;
    }

    public void Shuffle<T>(IList<T> items)
    {
        for (var i = items.Count - 1; i > 0; i--)
        {
            var j = Below(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    /// <summary>sample(): <paramref name="count"/> different items in random order, by Python's two
    /// algorithms.</summary>
    public List<T> Sample<T>(IReadOnlyList<T> items, int count)
    {
        var sample = new List<T>(count);
        var setSize = 21 + (count > 5 ? (int)Math.Pow(4, Math.Ceiling(Math.Log(count * 3, 4))) : 0);
        if (items.Count <= setSize)
        {
            var pool = items.ToList();
            for (var i = 0; i < count; i++)
            {
                var j = Below(items.Count - i);
                sample.Add(pool[j]);
                pool[j] = pool[items.Count - i - 1];
            }
            return sample;
        }
        var taken = new HashSet<int>();
        while (sample.Count < count)
            if (Below(items.Count) is var j && taken.Add(j))
                sample.Add(items[j]);
        return sample;
    }

    private uint Next()
    {
        if (next == Size)
            Twist();
        var y = state[next++];
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c5680;
        y ^= (y << 15) & 0xefc60000;
        return y ^ (y >> 18);
    }

    private void Twist()
    {
        for (var k = 0; k < Size; k++)
        {
            var y = (state[k] & 0x80000000) | (state[(k + 1) % Size] & 0x7fffffff);
            state[k] = state[(k + 397) % Size] ^ (y >> 1) ^ ((y & 1) == 0 ? 0 : 0x9908b0df);
        }
        next = 0;
    }

    private void Initialize(uint seed)
    {
        state[0] = seed;
        for (var i = 1u; i < Size; i++)
            state[i] = 1812433253 * (state[i - 1] ^ (state[i - 1] >> 30)) + i;
    }
}
