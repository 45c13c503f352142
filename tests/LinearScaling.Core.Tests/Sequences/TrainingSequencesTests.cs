using FsCheck.Xunit;
using LinearScaling.Preparing;
using LinearScaling.Sequences;
using LinearScaling.Shards;

namespace LinearScaling.Tests.Sequences;

public class TrainingSequencesTests
{
    private const int SeqLen = 100;
    private const int NumRead = 10_000;

    private static readonly Lazy<string> Shards = new(() =>
        Some.Prepared([Some.TextFile(pieces: 12)], new PrepareOptions(RowGroupTokens: 1 << 14, ShardTokens: 1 << 18))
    );

    private static readonly Lazy<List<int[]>> Expected = new(() => Read(seed: 1, count: NumRead));

    [Property(MaxTest = 4)]
    public bool Ranks_reading_ahead_and_stopping_do_not_change_a_sequence(byte depth, ushort stop)
    {
        foreach (var ranks in new[] { 1, 2, 3, 8 })
        {
            var got = new int[NumRead][];
            for (var rank = 0; rank < ranks; rank++)
            // a run, and the run that resumes it
            for (var (first, end) = (0, stop % NumRead); first < NumRead; (first, end) = (end, NumRead))
            {
                using var source = new PrefetchingSource(
                    Some.Corpus(Shards.Value).Sequences(SeqLen, 1),
                    depth % 40 + 1
                );
                for (var i = first; i < end; i++)
                    if (i % ranks == rank)
                        source.Read(i, got[i] = new int[SeqLen + 1]);
                if (end == NumRead)
                    break;
            }
            for (var i = 0; i < got.Length; i++)
                if (!got[i].AsSpan().SequenceEqual(Expected.Value[i]))
                    return false;
        }
        return true;
    }

    [Fact]
    public void Ten_thousand_sequences_read_in_any_order_are_the_same()
    {
        using var source = Some.Corpus(Shards.Value).Sequences(SeqLen, seed: 1);
        var tokens = new int[SeqLen + 1];
        for (var k = 0; k < 10_000; k++)
        {
            var i = (int)(k * 7919L % 10_000);
            source.Read(i, tokens);
            Assert.Equal(Expected.Value[i], tokens);
        }
    }

    [Fact]
    public void Several_threads_read_the_same_sequences()
    {
        using var source = Some.Corpus(Shards.Value).Sequences(SeqLen, seed: 1);
        Parallel.For(
            0,
            8,
            thread =>
            {
                var tokens = new int[SeqLen + 1];
                for (var k = 0; k < 5_000; k++)
                {
                    var i = (int)((k * 7919L + thread * 1237L) % 10_000); // far apart, so that row groups come and go
                    source.Read(i, tokens);
                    Assert.Equal(Expected.Value[i], tokens);
                }
            }
        );
    }

    [Fact]
    public void An_epoch_holds_every_document_once_and_the_next_holds_them_in_another_order()
    {
        const int longLen = 5000;
        using var source = Some.Corpus(Shards.Value).Sequences(longLen, seed: 1);
        using var otherSeed = Some.Corpus(Shards.Value).Sequences(longLen, seed: 2);
        var count = (int)(Some.Corpus(Shards.Value).TrainTokens / longLen);
        var first = Lines(Some.Sequences(source, 0, count));
        var second = Lines(Some.Sequences(source, count + 1, count));
        Assert.InRange(first.Count, 8_000, 12_000); // the lines that a sequence cuts are left out
        // the last window reads on into the next epoch
        Assert.InRange(first.Count - first.Distinct().Count(), 0, longLen / 60);
        Assert.InRange(first.Intersect(second).Count(), 8_000, 12_000);
        Assert.NotEqual(first.Take(50), second.Take(50));
        Assert.NotEqual(first.Take(50), Lines(Some.Sequences(otherSeed, 0, 2)).Take(50));
    }

    [Fact]
    public void A_flipped_byte_is_named_with_its_row_group()
    {
        var directory = Some.ShardDirectory();
        var shard = Path.Combine(directory, "train-00000.parquet");
        var bytes = File.ReadAllBytes(shard);
        // of single flips, about one in a hundred decodes to the same tokens
        foreach (ref var b in bytes.AsSpan(5000, 8))
            b ^= 0x10;
        File.WriteAllBytes(shard, bytes);

        using var source = Some.Corpus(directory).Sequences(SeqLen, seed: 1);
        var error = Assert.Throws<LinearScalingException>(() => source.Read(0, new int[SeqLen + 1]));

        Assert.StartsWith($"{shard}: row group 0 cannot be read (", error.Message, StringComparison.Ordinal);
        Assert.EndsWith("); restore the file or prepare the data again", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
        var problem = Assert.Single(
            Verification.Run(directory, cancellationToken: TestContext.Current.CancellationToken)
        );
        Assert.Equal(error.Message, problem);
    }

    private static List<int[]> Read(ulong seed, int count)
    {
        using var source = Some.Corpus(Shards.Value).Sequences(SeqLen, seed);
        return [.. Some.Sequences(source, 0, count)];
    }

    /// <summary>Whole lines of sequences.</summary>
    private static List<string> Lines(IEnumerable<int[]> sequences) =>
        [
            .. sequences
                .SelectMany(s => Some.Text(s.AsSpan(..^1)).Split('\n'))
                .Where(l =>
                    l.StartsWith("line ", StringComparison.Ordinal) && l.EndsWith("words.", StringComparison.Ordinal)
                ),
        ];
}
