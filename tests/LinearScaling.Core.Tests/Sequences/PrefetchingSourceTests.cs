using LinearScaling.Sequences;

namespace LinearScaling.Tests.Sequences;

public class PrefetchingSourceTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(64)]
    public void Reading_ahead_never_changes_a_token(int depth)
    {
        long[] indices = [0, 1, 2, 3, 10, 18, 26, 34, 34, 5, 4, 3, 1000, 1001, 500, 500, 502, 504];
        using var direct = new Counting();
        using var ahead = new PrefetchingSource(new Counting(), depth);
        var expected = new int[9];
        var actual = new int[9];
        foreach (var index in indices)
        {
            direct.Read(index, expected);
            ahead.Read(index, actual);
            Assert.Equal(expected, actual);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(40)] // a wrong guess
    public async Task It_reads_before_it_is_asked(long guess)
    {
        var source = new Counting();
        using var ahead = new PrefetchingSource(source, depth: 4);
        ahead.Begin(guess);
        while (source.NumRead < 4)
            await Task.Delay(1, TestContext.Current.CancellationToken);
        var tokens = new int[9];
        for (var i = 0; i < 20; i++)
        {
            ahead.Read(i, tokens);
            Assert.Equal(8 * i, tokens[0]);
        }
        Assert.InRange(source.NumRead, 20, 30);
    }

    [Fact]
    public void A_failure_belongs_to_the_reader_of_that_sequence()
    {
        using var ahead = new PrefetchingSource(new Counting(failsAt: 5), depth: 4);
        var tokens = new int[9];
        for (var i = 0; i < 5; i++)
            ahead.Read(i, tokens);
        Assert.Equal("shard 5", Assert.Throws<LinearScalingException>(() => ahead.Read(5, tokens)).Message);
        ahead.Read(6, tokens);
    }

    [Fact]
    public void A_stall_names_what_it_waits_for_and_how_long()
    {
        var reports = new List<string>();
        using var ahead = new PrefetchingSource(
            new Counting(slowAt: 3),
            depth: 2,
            reports.Add,
            TimeSpan.FromMilliseconds(40)
        );
        var tokens = new int[9];
        for (var i = 0; i < 5; i++)
            ahead.Read(i, tokens);
        Assert.NotEmpty(reports);
        Assert.All(reports, r => Assert.Matches("^data: waiting for \\d+\\.\\d s for shard 3$", r));
    }

    private sealed class Counting(long failsAt = -1, long slowAt = -1) : ISequenceSource
    {
        public int SeqLen => 8;

        public int NumRead => Volatile.Read(ref numRead);

        private int numRead;

        public void Read(long index, Span<int> tokens)
        {
            Interlocked.Increment(ref numRead);
            if (index == failsAt)
                throw new LinearScalingException($"shard {index}");
            if (index == slowAt)
                Thread.Sleep(300);
            for (var i = 0; i < tokens.Length; i++)
                tokens[i] = (int)(index * 8 + i);
        }

        public string Describe(long index) => $"shard {index}";

        public void Dispose() { }
    }
}
