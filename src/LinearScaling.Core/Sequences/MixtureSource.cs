namespace LinearScaling.Sequences;

/// <summary>Several corpora mixed by weight: which one sequence i comes from, and which of its sequences it is, is a
/// pure function of (weights, seed, i).</summary>
/// <remarks>
/// Sequences come in rounds of 65,536 places. In every round each corpus has places in proportion to its weight, to the
/// nearest one, in an order shuffled by (seed, round). A corpus that ends goes on with its next epoch.
/// </remarks>
public sealed class MixtureSource : ISequenceSource
{
    private const int Round = 1 << 16;

    private readonly IReadOnlyList<ISequenceSource> sources;
    private readonly ulong seed;
    private readonly int[] quotas;
    private volatile Table? table;

    /// <param name="parts">Each corpus's sequences and its weight; weights are shares of their sum.</param>
    public MixtureSource(IReadOnlyList<(ISequenceSource Source, double Weight)> parts, ulong seed)
    {
        if (
            parts.Count == 0
            || parts.Any(p => !double.IsFinite(p.Weight) || p.Weight < 0)
            || parts.Sum(p => p.Weight) <= 0
        )
            throw new LinearScalingException("mixture: the weights must be positive numbers, or zero for some");
        if (parts.Select(p => p.Source.SeqLen).Distinct().Count() != 1)
            throw new ArgumentException("The sources differ in sequence length.", nameof(parts));
        sources = [.. parts.Select(p => p.Source)];
        this.seed = seed;
        quotas = Quotas([.. parts.Select(p => p.Weight)]);
    }

    public int SeqLen => sources[0].SeqLen;

    public void Read(long index, Span<int> tokens)
    {
        var (source, at) = Locate(index);
        sources[source].Read(at, tokens);
    }

    /// <summary>The corpus that a sequence comes from, and its index there.</summary>
    public (int Source, long Index) Locate(long index)
    {
        var (round, place) = Math.DivRem(index, Round);
        var current = table;
        if (current?.Number != round)
            table = current = new Table(round, quotas, seed);
        var source = current.Sources[place];
        return (source, round * quotas[source] + current.Ordinals[place]);
    }

    public string Describe(long index)
    {
        var (source, at) = Locate(index);
        return sources[source].Describe(at);
    }

    public void Dispose()
    {
        foreach (var source in sources)
            source.Dispose();
    }

    /// <summary>Whole places for each weight: rounded down, and the places left over to the largest
    /// remainders.</summary>
    private static int[] Quotas(double[] weights)
    {
        var sum = weights.Sum();
        var exact = Array.ConvertAll(weights, w => w / sum * Round);
        var quotas = Array.ConvertAll(exact, e => (int)e);
        foreach (
            var i in Enumerable
                .Range(0, weights.Length)
                .OrderByDescending(i => exact[i] - quotas[i])
                .Take(Round - quotas.Sum())
                .ToList()
        )
            quotas[i]++;
        return quotas;
    }

    /// <summary>One round: the corpus of each place, and how many places that corpus had in the round before
    /// it.</summary>
    private sealed class Table
    {
        public Table(long number, int[] quotas, ulong seed)
        {
            Number = number;
            Sources = [.. quotas.SelectMany((quota, source) => Enumerable.Repeat(source, quota))];
            new SplitMix64(SplitMix64.Mix(seed, (ulong)number)).Shuffle(Sources);
            var seen = new int[quotas.Length];
            Ordinals = Array.ConvertAll(Sources, source => seen[source]++);
        }

        public long Number { get; }

        public int[] Sources { get; }

        public int[] Ordinals { get; }
    }
}
