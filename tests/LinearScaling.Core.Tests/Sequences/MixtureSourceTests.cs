using FsCheck.Xunit;
using LinearScaling.Sequences;

namespace LinearScaling.Tests.Sequences;

public class MixtureSourceTests
{
    [Fact]
    public void Weights_are_kept_in_every_round_and_closely_within_it()
    {
        using var mixture = new MixtureSource([(new Nothing(), 7), (new Nothing(), 2), (new Nothing(), 1)], seed: 1);
        int Share(int source, int first, int count) =>
            Enumerable.Range(first, count).Count(i => mixture.Locate(i).Source == source);
        Assert.Equal((45_875, 13_107, 6_554), (Share(0, 0, 65_536), Share(1, 0, 65_536), Share(2, 0, 65_536)));
        Assert.InRange(Share(0, 70_000, 1000), 650, 750);
    }

    [Property(MaxTest = 10)]
    public bool Every_corpus_is_read_in_its_own_order_without_gaps(byte a, byte b, ulong seed)
    {
        using var mixture = new MixtureSource([(new Nothing(), a + 1), (new Nothing(), b + 1)], seed);
        var next = new long[2];
        for (var i = 0L; i < 70_000; i++)
        {
            var (source, at) = mixture.Locate(i);
            if (at != next[source]++)
                return false;
        }
        return mixture.Locate(65_537) == mixture.Locate(65_537)
            && mixture.Locate(3) == new MixtureSource([(new Nothing(), a + 1), (new Nothing(), b + 1)], seed).Locate(3);
    }

    private sealed class Nothing : ISequenceSource
    {
        public int SeqLen => 1;

        public void Read(long index, Span<int> tokens) => tokens.Clear();

        public void Dispose() { }
    }
}
